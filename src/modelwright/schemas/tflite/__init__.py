"""TFLite's file format as data: tables with their field slots, enumerations, operator numbers and operator options."""
