"""`doit verify`: hold the evidence of each collection against its files, and say who signed it."""

from generators.engine.build.layout import collection_folder
from generators.engine.build.own_command import OwnCommand, named_collections
from generators.engine.build.rebuilding import rebuilt_findings
from generators.engine.build.steps_evidence import evidence_folder
from generators.engine.evidence.verify import VerifyResult, verify_evidence
from generators.engine.findings import render_findings
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.shell.files import files_below, is_file, read_bytes

_REQUIRE_TRUSTED = {
    "name": "require_trusted",
    "short": "",
    "long": "require-trusted",
    "type": bool,
    "default": False,
    "help": "end with exit code 1 unless a key of meta/trusted_keys has signed",
}
_REBUILD = {
    "name": "rebuild",
    "short": "",
    "long": "rebuild",
    "type": bool,
    "default": False,
    "help": "compile everything again from the inputs, and compare every byte",
}
_REFUSED = 1
_WRONG_NAME = 3


class VerifyCommand(OwnCommand):
    """doit's plugin."""

    name = "verify"
    doc_purpose = "verify signatures, digests and freshness of the evidence"
    doc_usage = "[COLLECTION ...]"
    doc_description = None
    cmd_options = (_REQUIRE_TRUSTED, _REBUILD)

    def _execute(self, pos_args: list[str], *, require_trusted: bool, rebuild: bool) -> int:
        """Verify each collection; doit passes its options by name."""
        settings = read_settings(current_environment())
        self.dep_manager.close()
        names, complaint = named_collections(settings, pos_args)
        if complaint:
            self.outstream.write(complaint)
            return _WRONG_NAME
        refused = False
        for name in names:
            text, valid = verify_collection(settings, name, require_trusted=require_trusted)
            self.outstream.write(text)
            refused |= not valid
            if rebuild and valid:
                text, same = compare_rebuilt(settings, name)
                self.outstream.write(text)
                refused |= not same
        return _REFUSED if refused else 0


def verify_collection(
    settings: BuildSettings, name: str, *, require_trusted: bool
) -> tuple[str, bool]:
    """Return what to say about the evidence of a collection, and whether it is accepted."""
    if not is_file(collection_folder(settings, name).member("summary.json")):
        return f"{name}: no evidence; run `doit evidence:{name}`\n", False
    keys = files_below(f"{settings.meta}/trusted_keys", suffixes=(".pem",))
    trusted = {path.rpartition("/")[2]: read_bytes(path) for path in keys}
    result = verify_evidence(evidence_folder(settings, name), trusted=trusted)
    return describe(name, result, require_trusted=require_trusted)


def compare_rebuilt(settings: BuildSettings, name: str) -> tuple[str, bool]:
    """Return what compiling a collection again says about its files, and whether all are alike."""
    made, found = rebuilt_findings(settings, name)
    if found:
        return f"{name}: built otherwise\n{render_findings(found, {})}\n", False
    return f"{name}: compiled again, all {made} files are the same byte for byte\n", True


def describe(name: str, result: VerifyResult, *, require_trusted: bool) -> tuple[str, bool]:
    """Return the words for a result, and whether it is accepted."""
    if result.findings:
        return f"{name}: not valid\n{render_findings(result.findings, {})}\n", False
    signer = f"signed by {result.pinned}" if result.pinned else "signer not pinned"
    state = "declared" if result.declared else "without the final declaration"
    accepted = bool(result.pinned) or not require_trusted
    verdict = "valid" if accepted else "valid, but not signed by a trusted key"
    return f"{name}: {verdict}, {signer} (key {result.key_id[:12]}), {state}\n", accepted
