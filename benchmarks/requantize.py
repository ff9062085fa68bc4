"""What would a real model be in another quantization? llama.cpp's own quantizer, through its C API.

The build is `llama_tools`'. The weights stay those of a trained network, one rounding further away.
The quantizations of the fewest bits, which llama.cpp makes with an importance matrix only, get one
in which every weight is as important; a few lines of C++ (compiled by g++) make it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
from llama_tools import tools

FILE_TYPES = {
    "F16": 1,
    "Q4_0": 2,
    "Q4_1": 3,
    "Q8_0": 7,
    "Q5_0": 8,
    "Q5_1": 9,
    "Q2_K": 10,
    "Q3_K_S": 11,
    "Q3_K_M": 12,
    "Q3_K_L": 13,
    "Q4_K_S": 14,
    "Q4_K_M": 15,
    "Q5_K_S": 16,
    "Q5_K_M": 17,
    "Q6_K": 18,
    "IQ2_XXS": 19,
    "IQ2_XS": 20,
    "Q2_K_S": 21,
    "IQ3_XS": 22,
    "IQ3_XXS": 23,
    "IQ1_S": 24,
    "IQ4_NL": 25,
    "IQ3_S": 26,
    "IQ3_M": 27,
    "IQ2_S": 28,
    "IQ2_M": 29,
    "IQ4_XS": 30,
    "IQ1_M": 31,
    "BF16": 32,
    "TQ1_0": 36,
    "TQ2_0": 37,
}
"""llama.cpp's `llama_ftype`, by the name that we give a quantization."""

_NEED_IMPORTANCE = ("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "IQ3_XS")
_NEED_IMPORTANCE += ("Q2_K_S",)
_MATRIX = """
#include <string>
#include <unordered_map>
#include <vector>
using Matrix = std::unordered_map<std::string, std::vector<float>>;
extern "C" Matrix *made() { return new Matrix; }
extern "C" void add(Matrix *matrix, const char *name, size_t many) {
    (*matrix)[name] = std::vector<float>(many, 1.0f);
}
"""


class _Parameters(ctypes.Structure):
    """`llama_model_quantize_params` of this build."""

    _fields_ = (
        ("threads", ctypes.c_int32),
        ("file_type", ctypes.c_int32),
        ("output_type", ctypes.c_int32),
        ("embedding_type", ctypes.c_int32),
        ("allow_requantize", ctypes.c_bool),
        ("quantize_output", ctypes.c_bool),
        ("only_copy", ctypes.c_bool),
        ("pure", ctypes.c_bool),
        ("keep_split", ctypes.c_bool),
        ("importance", ctypes.c_void_p),
        ("overrides", ctypes.c_void_p),
        ("tensor_types", ctypes.c_void_p),
    )


def requantized(model: Path, quantization: str, folder: Path) -> Path:
    """`model` in another quantization, written to `folder`; in a process with the build's paths."""
    made = folder / f"{model.stem}.{quantization}.gguf"
    subprocess.run(
        [sys.executable, __file__, str(model), str(made), quantization],
        env={**os.environ, "LD_LIBRARY_PATH": str(tools())},
        check=True,
        capture_output=True,
    )
    return made


def _quantize(model: str, made: str, quantization: str) -> int:
    llama = ctypes.CDLL(str(tools() / "libllama.so"))
    llama.llama_backend_init()
    llama.llama_model_quantize_default_params.restype = _Parameters
    parameters = llama.llama_model_quantize_default_params()
    parameters.file_type = FILE_TYPES[quantization]
    parameters.allow_requantize = True
    parameters.tensor_types = None
    if quantization in _NEED_IMPORTANCE:
        parameters.importance = _equal_importance(model)
    quantize = llama.llama_model_quantize
    quantize.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(_Parameters)]
    quantize.restype = ctypes.c_uint32
    return int(quantize(model.encode(), made.encode(), ctypes.byref(parameters)))


def _equal_importance(model: str) -> int:
    """The address of a matrix that this build reads, with 1 for each column of each tensor."""
    with tempfile.TemporaryDirectory() as folder:
        code, library = Path(folder, "matrix.cpp"), Path(folder, "matrix.so")
        code.write_text(_MATRIX, encoding="utf-8")
        command = ["g++", "-shared", "-fPIC", "-o", str(library), str(code)]
        subprocess.run(command, check=True)
        matrix = ctypes.CDLL(str(library))
    matrix.made.restype = ctypes.c_void_p
    matrix.add.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    address: int = matrix.made()
    for tensor in gguf.GGUFReader(model).tensors:
        columns, *others = (int(size) for size in tensor.shape)
        experts = others[1] if len(others) > 1 else 1
        matrix.add(address, tensor.name.encode(), columns * experts)
    return address


if __name__ == "__main__":
    sys.exit(_quantize(*sys.argv[1:]))
