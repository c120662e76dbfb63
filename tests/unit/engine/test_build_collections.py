"""Which files make a collection, and in which order they are read."""

from generators.engine.build.collections import find_collections
from generators.engine.sources.collection import read_collection

AGENT = "system: {0}\nmodule: core\nname: {0}\nrole: Tests.\nrootpath: L9/{0}\n"


def test_a_file_and_a_folder_of_one_name_are_one_collection_the_file_first():
    paths = ["in/eco/a.yaml", "in/eco/b/c.yaml", "in/eco_v6.0.md", "in/other.yaml"]
    assert find_collections(paths, "in") == {
        "eco": ("in/eco_v6.0.md", "in/eco/a.yaml", "in/eco/b/c.yaml"),
        "other": ("in/other.yaml",),
    }


def test_answers_glue_and_linked_code_are_no_collections():
    paths = ["in/answers/eco.yaml", "in/glue/eco.yaml", "in/linked/a.yaml", "in/eco/a.txt"]
    assert find_collections(paths, "in") == {}


def test_agents_stand_in_the_order_of_the_files_that_hold_them():
    files = {f"in/{name}.yaml": AGENT.format(name).encode() for name in ("zebra", "ant")}
    named = [agent.node.get("name").text for agent in read_collection(files).agents]
    assert named == ["zebra", "ant"]
