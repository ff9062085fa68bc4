"""Who signed this? With the user's SSH key, by OpenSSH's own `ssh-keygen -Y` (8.2 and later)."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import AdvisorError, InputError
from advisor.history.exchange.limits import BadBundleError
from advisor.history.exchange.manifest import NAMESPACE

PROGRAM = "ssh-keygen"
LONGEST_SIGNATURE = 20_000
ANSWER_S = 30.0
TYPING_S = 300.0
"""How long a user may take for a passphrase, or to touch a key."""
_FORM = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+-----END SSH SIGNATURE-----\n?"
)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: `name` by the user's own list, None if the key is on none; the key's
    fingerprint, None where nothing could look at the signature."""

    name: str | None
    key: str | None


def sign(content: bytes, key: Path) -> str:
    """The signature of `content` by this private key (or public one, if an agent holds it).

    Raises InputError if there is no such key, AdvisorError if it does not sign.
    """
    if not key.is_file():
        raise InputError(f"there is no key {key}", remedy="Name a key such as ~/.ssh/id_ed25519.")
    done = _run("sign", "-f", str(key), "-n", NAMESPACE, content=content, within_s=TYPING_S)
    text = done.stdout.decode("ascii", "replace")
    if done.returncode != 0 or not _FORM.fullmatch(text):
        raise AdvisorError(f"{key} did not sign", why=_said(done))
    return text


def verify(content: bytes, signature: str, signers: Path | None) -> Signer:
    """Who signed `content`.

    Raises BadBundleError if the signature is none, or of something else, or if `signers` (OpenSSH's
    allowed_signers) are given and none of them made it.
    """
    if len(signature) > LONGEST_SIGNATURE or not _FORM.fullmatch(signature):
        raise BadBundleError("the signature is not one of OpenSSH")
    if shutil.which(PROGRAM) is None and signers is None:
        return Signer(None, None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "signature"
        file.write_text(signature, encoding="ascii")
        of_this = ("-n", NAMESPACE, "-s", str(file))
        done = _run("check-novalidate", *of_this, content=content)
        if done.returncode != 0:
            raise BadBundleError("the signature is wrong", why=_said(done))
        found = re.search(rb"(SHA256:[A-Za-z0-9+/=]+)", done.stdout + done.stderr)
        key = found[1].decode() if found else None
        if signers is None:
            return Signer(None, key)
        if not signers.is_file():
            raise InputError(f"there is no list of signers {signers}")
        asked = _run("find-principals", "-f", str(signers), "-s", str(file))
        names = asked.stdout.decode("utf-8", "replace").splitlines()
        for name in names:
            done = _run("verify", "-f", str(signers), "-I", name, *of_this, content=content)
            if done.returncode == 0:
                return Signer(name, key)
    raise BadBundleError(
        f"the key that signed is none of those in {signers}", why=f"it is {key or 'not readable'}"
    )


def _run(
    action: str, *arguments: str, content: bytes = b"", within_s: float = ANSWER_S
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [PROGRAM, "-Y", action, *arguments],
            input=content,
            capture_output=True,
            check=False,
            timeout=within_s,
        )
    except FileNotFoundError:
        raise AdvisorError(
            "signatures need OpenSSH's ssh-keygen", remedy="Install the OpenSSH client."
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AdvisorError("ssh-keygen did not answer", why=str(error)[:100]) from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else f"ssh-keygen ended with {done.returncode}"
