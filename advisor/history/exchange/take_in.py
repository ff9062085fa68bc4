"""What comes of a file that somebody gives: a bundle of ours, or another tool's results?"""

from __future__ import annotations

from pathlib import Path

from advisor.history.exchange.document import ImportedFile
from advisor.history.exchange.expanded import Lines, opened
from advisor.history.exchange.limits import BadBundleError
from advisor.history.exchange.merge import Merged, merge_bundle, merge_results
from advisor.history.exchange.read import MARK, Bundle
from advisor.history.exchange.results.known import read_results
from advisor.history.exchange.signing import Signer
from advisor.history.store import RunStore


def take_in(path: Path, store: RunStore, signers: Path | None = None) -> ImportedFile:
    """Puts what is in a file into the history.

    `signers` names OpenSSH's list of allowed signers, one of whom must have signed the file.
    Raises BadBundleError or InputError, before anything is stored, for what is not to be trusted.
    """
    with opened(path) as file:
        if Lines(file, path.name).begins_with(MARK):
            found = Bundle(file, path.name, signers)
            merged = merge_bundle(found, store)
            return _done(path, found.file_sha256, "advisor", merged, found.signer)
        if signers is not None:
            raise BadBundleError(
                f"{path.name} is no bundle, so nobody signed it",
                remedy="Other tools' results are taken without --signers.",
            )
        results = read_results(file, path.name)
    merged = merge_results(results.runs, store, tool=results.tool, file_sha256=results.file_sha256)
    return _done(path, results.file_sha256, results.tool, merged, None)


def _done(
    path: Path, sha256: str, tool: str, merged: Merged, signer: Signer | None
) -> ImportedFile:
    return ImportedFile(
        file=path.name,
        sha256=sha256,
        tool=tool,
        signature=(
            "unsigned"
            if signer is None
            else "known signer"
            if signer.name
            else "unknown signer"
            if signer.key
            else "not checked"
        ),
        signer=signer.name if signer else None,
        key=signer.key if signer else None,
        new=tuple(merged.new),
        known=tuple(merged.known),
        refused=merged.refused,
    )
