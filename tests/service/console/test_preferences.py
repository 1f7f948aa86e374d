from browsing import HTMX

from modelwright.service.projects.roles import Role


def test_the_language_is_the_browsers_until_it_is_chosen(operator):
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9"}
    page = operator.get("/tasks", headers=chinese).text
    assert '<html lang="zh-CN"' in page
    assert "转换任务" in page
    answer = operator.post("/preferences/language", {"csrf": operator.csrf("/tasks"), "language": "en"})
    assert answer.status_code == 303
    assert '<html lang="en"' in operator.get("/tasks", headers=chinese).text
    wrong = operator.post("/preferences/language", {"csrf": operator.csrf("/tasks"), "language": "xx"})
    assert wrong.status_code == 422


def test_colors_are_chosen_and_one_stays_on_the_page(operator):
    fields = {"csrf": operator.csrf("/tasks"), "theme": "dark"}
    referer = {"Referer": "http://service.test/templates?chip=arm"}
    answer = operator.post("/preferences/theme", fields, headers=referer)
    assert answer.headers["Location"] == "/templates?chip=arm"
    assert 'data-theme="dark"' in operator.get("/tasks").text


def test_operators_choose_a_project(context, operator, asking):
    context.projects.create_project(asking(Role.ADMIN, operator=True), "other")
    assert 'value="other"' in operator.get("/tasks").text
    fields = {"csrf": operator.csrf("/tasks"), "project": "other"}
    assert operator.post("/preferences/project", fields, headers=HTMX).headers["HX-Redirect"] == "/tasks"
    assert operator.get("/v1/me").json()["project"] == "other"


def test_others_do_not(signed_in):
    browser = signed_in(Role.ADMIN, "mine")
    signed_in(Role.ADMIN, "theirs")
    page = browser.get("/tasks").text
    assert "theirs" not in page
    answer = browser.post("/preferences/project", {"csrf": browser.csrf("/tasks"), "project": "theirs"})
    assert answer.status_code == 403
    assert browser.get("/v1/me").json()["project"] == "mine"
