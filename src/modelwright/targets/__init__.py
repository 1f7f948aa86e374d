"""What targets take: profiles as data, rules, and trials of single nodes in the targets' own engines."""
