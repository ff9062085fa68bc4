"""Is a model's folder read where a server names it, and nothing else?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.documents import Unknown
from advisor.servers.dialects.model_folder import model_folder
from advisor.servers.wire import Endpoint

HERE = Endpoint("http", "127.0.0.1", 8000)


@pytest.mark.parametrize(
    ("config", "quantization"),
    [
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "awq 4 bits"),
        ({"quantization_config": {"quant_method": "fp8"}, "dtype": "bfloat16"}, "fp8"),
        ({"quantization": {"group_size": 64, "bits": 4}, "torch_dtype": "float16"}, "4 bits"),
        ({"torch_dtype": "float16"}, "F16"),
        ({"dtype": "bfloat16"}, "BF16"),
        ({"quantization_config": {}}, None),
        ({"dtype": 16}, None),
        ([], None),
    ],
)
def test_the_config_tells_the_quantization(
    tmp_path: Path, config: object, quantization: str | None
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "model-00001.safetensors").write_bytes(b"x" * 700)
    (tmp_path / "model-00002.safetensors").write_bytes(b"x" * 300)
    (tmp_path / "tokenizer.json").write_bytes(b"x" * 50)
    found = model_folder(str(tmp_path), HERE)
    assert found.size_bytes == 1000
    if quantization is None:
        assert isinstance(found.quantization, Unknown)
    else:
        assert found.quantization == quantization


def test_what_cannot_be_read_is_unknown_with_its_reason(tmp_path: Path) -> None:
    elsewhere = Endpoint("http", "10.0.0.7", 8000)
    (tmp_path / "config.json").write_bytes(b"{nonsense")
    for named, endpoint, reason in (
        (str(tmp_path), HERE, "cannot be read"),
        (str(tmp_path / "none"), HERE, "cannot be read"),
        ("\0", HERE, "names no folder"),
        ("org/model", HERE, "names no folder"),
        (None, HERE, "names no folder"),
        (str(tmp_path), elsewhere, "another machine"),
    ):
        found = model_folder(named, endpoint)
        assert isinstance(found.quantization, Unknown)
        assert isinstance(found.size_bytes, Unknown)
        assert reason in found.quantization.reason
        assert str(tmp_path) not in found.quantization.reason
