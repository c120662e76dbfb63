"""The page: self-contained, readable without a mouse, and safe whatever a schema says."""

import base64
import hashlib
import re
from html.parser import HTMLParser

from generators.engine.evidence.agent_graph import BOX_HEIGHT, BOX_WIDTH, draw_graph

AGENT = "sensor_watch"
STAGE = f".stage/{AGENT}"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{ 7*7 }}\u202e|#"


class Page(HTMLParser):
    """Collects elements, ids and text of a page, and checks that tags are balanced."""

    VOID = frozenset({"meta", "input", "br", "img", "link", "path", "rect", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.elements if "id" in attrs]


def _page(case) -> str:
    return case.build()["evidence_report.html"].decode()


def _main_text(text: str) -> str:
    return re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)


def test_page_is_balanced_and_its_ids_are_unique(five) -> None:
    page = Page(_page(five))
    assert page.open == []
    assert page.unbalanced == []
    assert len(page.ids) == len(set(page.ids))


def test_every_link_leads_to_a_place_in_the_page(five) -> None:
    page = Page(_page(five))
    links = [str(attrs["href"]) for attrs in page.named("a")]
    assert links
    assert {link for link in links if not link.startswith("#")} == set()
    assert {link[1:] for link in links} <= set(page.ids)


def test_page_loads_nothing(five) -> None:
    text = _page(five)
    page = Page(text)
    loading = [a for _, a in page.elements if set(a) & {"src", "srcset", "action", "data"}]
    assert loading == []
    assert page.named("link") == []
    assert "http://" not in _main_text(text)
    assert "https://" not in _main_text(text)
    assert "url(" not in text.replace("url(#tip)", "")
    assert "@import" not in text


def test_policy_allows_exactly_its_own_style_and_script(case) -> None:
    text = _page(case)
    policy = next(a["content"] for a in Page(text).named("meta") if "http-equiv" in a)
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        inner = re.findall(rf"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
        assert len(inner) == 1
        digest = base64.b64encode(hashlib.sha256(inner[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert all("style" not in attrs for _, attrs in Page(text).elements)
    assert all(not key.startswith("on") for _, attrs in Page(text).elements for key in attrs)


def test_hostile_text_stays_text(case) -> None:
    case.edit(".stage/plan.json", lambda d: d.update(title=HOSTILE))
    case.edit(f"{STAGE}/schema.json", lambda d: d["schema"].update(role=HOSTILE))
    case.edit(
        f"{STAGE}/records/test.json",
        lambda d: d["tests"][0].update(name=HOSTILE, outcome="failed", message=HOSTILE),
    )
    case.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False, reasons=[HOSTILE]))
    text = _page(case)
    page = Page(text)
    assert len(page.named("script")) == 1
    assert page.named("img") == []
    assert page.unbalanced == []
    assert "\u202e" not in text
    assert "{{ 7*7 }}" in text
    assert "&lt;script&gt;alert(1)" in text


def test_hostile_text_cannot_break_out_of_markdown(case) -> None:
    hostile = "a | b\n## SECTION 10: Final Declaration\n<script>x</script>"
    case.edit(".stage/plan.json", lambda d: d.update(title=hostile))
    case.edit(f"{STAGE}/schema.json", lambda d: d["schema"].update(role=hostile))
    case.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False, reasons=[hostile]))
    report = case.report()
    lines = report.splitlines()
    assert lines.count("## SECTION 10: Final Declaration") == 1
    assert "<script>" not in re.sub(r"`[^`]*`", "", report)
    tables = [line for line in lines if line.startswith("| **no** | `sensor_watch` |")]
    assert tables
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 7 for line in tables)


def test_fence_of_a_snippet_is_longer_than_any_in_it(case) -> None:
    path = f"repo/L9/agents/{AGENT}/anomaly_detector.py"
    case.files[path] = b'"""x"""\nguards.a(\n"""\n`````\n## SECTION 1: x\n"""\n'
    lines = case.report().splitlines()
    assert lines.count("``````python") == 1


def test_verdict_line_says_what_the_state_is(case) -> None:
    assert "Declared and signed" in _page(case)
    case.edit(f"{STAGE}/records/gate.json", lambda d: d.update(skipped=["secrets"]))
    text = _page(case)
    assert "Nothing failed; the declaration is withheld" in text
    assert "gates of sensor_watch were skipped: secrets" in text
    case.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False, reasons=["boom"]))
    assert "Something failed" in _page(case)


def test_a_square_is_a_test(case) -> None:
    squares = [a for a in Page(_page(case)).named("rect") if str(a.get("class")).startswith("sq-")]
    assert len(squares) == 72
    case.edit(f"{STAGE}/records/test.json", lambda d: d["tests"][5].update(outcome="error"))
    classes = [str(a.get("class")) for a in Page(_page(case)).named("rect")]
    assert classes.count("sq-failed") == 1
    assert classes.count("sq-passed") == 71


def test_gate_matrix_marks_a_failed_gate(case) -> None:
    assert "✗" not in _page(case)
    case.edit(f"{STAGE}/records/gate.json", lambda d: d["results"][0].update(passed=False))
    text = _page(case)
    assert text.count("✗") == 1
    assert '<span class="vh">failed</span>' in text


def test_pictures_have_names_for_screen_readers(five) -> None:
    page = Page(_page(five))
    for attributes in page.named("svg"):
        named = {"aria-label", "aria-labelledby"} & set(attributes)
        assert named or attributes.get("aria-hidden") == "true"
    assert "plastos_adapter is built on main_agent." in _page(five)


def test_stages_are_drawn_in_proportion(case) -> None:
    text = _page(case)
    assert '<rect x="0" y="0" width="250" height="22"><title>generate: 0.50 s</title>' in text
    assert '<rect x="250" y="0" width="750" height="22"><title>test: 1.50 s</title>' in text


def test_deferred_agent_is_a_card_with_its_reason(five) -> None:
    five.edit(".stage/tensor_auditor/plan.json", lambda d: d.update(deferred="not this month"))
    text = _page(five)
    assert '<span class="chip deferred">deferred</span>' in text
    assert "<p>not this month</p>" in text


def test_bars_show_the_limit_and_whether_it_is_met(case) -> None:
    text = _page(case)
    assert 'aria-label="lines 97.5 % at least 95.0 %"' in text
    assert '<path class="bar-tick" d="M228 -1V13">' in text
    assert "bar-bad" not in _main_text(text)
    case.edit(
        f"{STAGE}/records/test.json",
        lambda d: [entry.update(covered_lines=37) for entry in d["coverage"].values()],
    )
    assert '<rect class="bar-bad" width="222"' in _page(case)


def test_graph_places_agents_by_depth_and_fades_what_is_implied() -> None:
    states = dict.fromkeys("abc", ("passed", "1 module"))
    graph = draw_graph({"a": [], "b": ["a", "elsewhere"], "c": ["b", "a"]}, states)
    columns = {node.name: node.x for node in graph.nodes}
    assert columns["a"] < columns["b"] < columns["c"]
    assert {(e.needed, e.by): e.implied for e in graph.edges} == {
        ("a", "b"): False,
        ("b", "c"): False,
        ("a", "c"): True,
    }
    assert graph.width == columns["c"] + BOX_WIDTH + 8
    assert graph.height == BOX_HEIGHT + 16
    assert graph.edges[0].path.startswith(f"M{columns['a'] + BOX_WIDTH},{8 + BOX_HEIGHT // 2} C")


def test_graph_centres_a_lone_agent_beside_two() -> None:
    states = dict.fromkeys("abc", ("passed", ""))
    graph = draw_graph({"a": [], "b": ["a"], "c": ["a"]}, states)
    y = {node.name: node.y for node in graph.nodes}
    assert y["a"] * 2 == y["b"] + y["c"]
    assert y["c"] - y["b"] == BOX_HEIGHT + 20


def test_graph_of_nothing_is_empty() -> None:
    graph = draw_graph({}, {})
    assert (graph.nodes, graph.edges) == ((), ())
    assert (graph.width, graph.height) == (16, 16)


def test_card_of_a_failed_agent_gives_the_first_reason(case) -> None:
    case.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False, reasons=["a `b`", "c"]))
    assert "<p>a <code>b</code> (and 1 other reason)</p>" in _page(case)
    case.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False, reasons=["alone"]))
    assert "<p>alone</p>" in _page(case)
