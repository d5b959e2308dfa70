"""The compiled loops as machine code, which is brought in without the compiler that made it.

numba needs most of a second to look at what it kept; the machine code of all loops in one object
file is there in some hundredths, and numba itself is not imported. `compile_all` makes it (many
seconds), `functions_of` brings it in. Code belongs to the processor it was made for.
"""

from __future__ import annotations

import ctypes
import json
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from gisapp.io import raster_kernels
from gisapp.render import compiled, compiled_reaches, compiled_tiles

Kernel = Callable[..., Any]

MADE = (raster_kernels, compiled_tiles, compiled_reaches, compiled)  # modules with loops
HEADER = struct.Struct("<q")
KNOWN = {"sqrt", "memset", "memcpy", "memmove"}  # functions that every process has
WORDS = {"none": 0, "int64": 1, "bool": 1, "UniTuple(int64 x 2)": 2}  # what a loop answers
PLAIN: Mapping[str, tuple[str, str, Callable[[Any], Any]]] = {  # in a word of 8 bytes, to LLVM
    "int64": ("q", "i64", int),
    "uint32": ("q", "i32", int),
    "bool": ("q", "i1", bool),
    "float64": ("d", "double", float),
    "float32": ("f4x", "float", float),
}
ARRAY = ("ptr", "ptr", "i64", "i64", "ptr")  # to LLVM; then its sides, then its steps

# What numba's loops ask its own library for. The first word of a block of memory counts who uses
# it, the fourth says where it begins. Arrays of the loops are contiguous, so that another shape
# of one needs nothing but other steps.
SUPPORT = """
declare ptr @malloc(i64)
declare void @free(ptr)

define ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %align) {
  %step = zext i32 %align to i64
  %more = add i64 %step, 64
  %total = add i64 %size, %more
  %block = call ptr @malloc(i64 %total)
  %none = icmp eq ptr %block, null
  br i1 %none, label %nothing, label %some
nothing:
  ret ptr null
some:
  call void @llvm.memset.p0.i64(ptr %block, i8 0, i64 48, i1 false)
  store i64 1, ptr %block
  %number = ptrtoint ptr %block to i64
  %first = add i64 %number, %more
  %over = urem i64 %first, %step
  %begin = sub i64 %first, %over
  %data = inttoptr i64 %begin to ptr
  %place = getelementptr i8, ptr %block, i64 24
  store ptr %data, ptr %place
  %sized = getelementptr i8, ptr %block, i64 32
  store i64 %size, ptr %sized
  ret ptr %block
}

define void @NRT_MemInfo_call_dtor(ptr %block) {
  call void @free(ptr %block)
  ret void
}

define i32 @numba_attempt_nocopy_reshape(i64 %nd, ptr %dims, ptr %strides, i64 %newnd,
    ptr %newdims, ptr %newstrides, i64 %itemsize, i32 %fortran) {
entry:
  br label %next
next:
  %left = phi i64 [ %newnd, %entry ], [ %axis, %body ]
  %step = phi i64 [ %itemsize, %entry ], [ %longer, %body ]
  %more = icmp sgt i64 %left, 0
  br i1 %more, label %body, label %done
body:
  %axis = sub i64 %left, 1
  %here = getelementptr i64, ptr %newstrides, i64 %axis
  store i64 %step, ptr %here
  %dim = getelementptr i64, ptr %newdims, i64 %axis
  %count = load i64, ptr %dim
  %longer = mul i64 %step, %count
  br label %next
done:
  ret i32 1
}

declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
"""


def compile_all() -> bytes:
    """The machine code of all loops; many seconds. Raises ValueError if they need other code."""
    from numba import njit

    llvm = _llvm()

    def ready(loop: Kernel, *signatures: Any, **options: Any) -> Kernel:
        options = {"nogil": True, "error_model": "numpy", **options}
        options.update(no_cpython_wrapper=True, no_cfunc_wrapper=True)
        made: Kernel = njit(list(signatures), **options)(loop)
        return made

    whole, described, machine = llvm.parse_assembly(SUPPORT), {}, None
    for module in MADE:
        for name, loop in module.make(ready)._asdict().items():
            described[name] = [_described(result) for result in loop.overloads.values()]
            for result in loop.overloads.values():
                library = result.library
                machine = library._codegen._tm
                whole.link_in(library._final_module, preserve=True)
            for one in described[name]:
                whole.link_in(llvm.parse_assembly(_door(one)), preserve=True)
    asked = {one.name for one in whole.functions if one.is_declaration}
    strange = {name for name in asked if not name.startswith("llvm.")} - KNOWN - {"malloc", "free"}
    if machine is None or strange:
        raise ValueError(f"the loops need {sorted(strange)}")
    told = json.dumps({"processor": _processor(), "loops": described}).encode()
    code: bytes = machine.emit_object(whole)
    return HEADER.pack(len(told)) + told + code


def functions_of(code: bytes) -> dict[str, Kernel] | None:
    """The loops by their names; None where the code is for another processor.

    They stay as long as the process. `code` must be as `compile_all` made it: nothing of it can
    be checked here.
    """
    llvm = _llvm()
    (size,) = HEADER.unpack_from(code)
    told = json.loads(code[HEADER.size : HEADER.size + size])
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    if told["processor"] != _processor():
        return None
    target = llvm.Target.from_triple(llvm.get_process_triple())
    machine = target.create_target_machine(codemodel="jitdefault", jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code[HEADER.size + size :]))
    engine.finalize_object()
    found = {}
    for name, variants in told["loops"].items():
        known = [Loop(name, engine.get_function_address(_door_of(one)), one) for one in variants]
        found[name] = known[0] if len(known) == 1 else _one_of(known)
    engine.detach()  # never taken away
    return found


class Loop:
    """One loop for arguments of one kind, called without the interpreter's lock."""

    def __init__(self, name: str, address: int, told: Mapping[str, Any]) -> None:
        self.name = name
        self._words = WORDS[told["answers"]]
        self._kinds: list[tuple[Any, ...]] = []
        layout = "=qq"
        for kind, *shape in told["takes"]:
            if shape:
                dtype, (dimensions, written) = np.dtype(kind), shape
                self._kinds.append((dtype.str, dimensions, written, dtype.itemsize))
                layout += "q" * (len(ARRAY) + 2 * dimensions)
            else:
                layout += PLAIN[kind][0]
                self._kinds.append((PLAIN[kind][2],))
        self._packed = struct.Struct(layout).pack
        self._call = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p)(address)

    def suits(self, first: Any) -> bool:
        """Whether an array is of the kind of the first one it takes."""
        return bool(first.dtype.str == self._kinds[0][0])

    def __call__(self, *given: Any) -> Any:
        """Raises TypeError where an array is not of the kind that the loop was compiled for."""
        room = (ctypes.c_int64 * 4)()  # for the answer, and for an error
        at = ctypes.addressof(room)
        words: list[Any] = [at, at + 16]
        for one, kind in zip(given, self._kinds, strict=True):
            if len(kind) == 1:
                words.append(kind[0](one))
                continue
            facts = one.__array_interface__  # quicker than to ask for each of them
            begin, read_only = facts["data"]
            dtype, dimensions, written, step = kind
            shape = facts["shape"]
            if (
                facts["typestr"] != dtype
                or facts["strides"] is not None  # not contiguous
                or len(shape) != dimensions
                or (written and read_only)
                or begin % step
            ):
                raise TypeError(f"{self.name}: {one.dtype} {one.shape} is not {dtype}")
            steps = [step]
            for side in shape[:0:-1]:
                steps.append(steps[-1] * side)
            words += (0, 0, one.size, step, begin, *shape, *reversed(steps))
        if self._call(self._packed(*words)):
            raise MemoryError(self.name)
        if self._words == 1:
            return room[0]
        return tuple(room[: self._words]) if self._words else None


def _one_of(known: list[Loop]) -> Kernel:
    """The loop for what it is given."""

    def call(*given: Any) -> Any:
        for loop in known:
            if loop.suits(given[0]):
                return loop(*given)
        raise TypeError(f"{known[0].name}: none for {given[0].dtype}")

    return call


def _described(result: Any) -> dict[str, Any]:
    """How a compiled loop is called."""
    signature = result.signature
    answers = str(signature.return_type)
    if answers not in WORDS:
        raise ValueError(f"a loop answers {answers}")
    return {
        "symbol": result.fndesc.llvm_func_name,
        "answers": answers,
        "takes": [_taken(kind) for kind in signature.args],
    }


def _door_of(told: Mapping[str, Any]) -> str:
    return f"gisapp {told['symbol']}"


def _door(told: Mapping[str, Any]) -> str:
    """A function that takes the words of a call one behind the other: to pass each by itself
    would take longer than many a loop."""
    types = ["ptr", "ptr"]
    for kind, *shape in told["takes"]:
        types += (*ARRAY, *["i64"] * (2 * shape[0])) if shape else (PLAIN[kind][1],)
    lines = []
    for number, kind in enumerate(types):
        lines.append(f"%p{number} = getelementptr i64, ptr %words, i64 {number}")
        lines.append(f"%v{number} = load {kind}, ptr %p{number}")
    given = ", ".join(f"{kind} %v{number}" for number, kind in enumerate(types))
    return f"""
declare i32 @"{told["symbol"]}"({", ".join(types)})
define i32 @"{_door_of(told)}"(ptr %words) {{
{chr(10).join(lines)}
%status = call i32 @"{told["symbol"]}"({given})
ret i32 %status
}}
"""


def _taken(kind: Any) -> Iterable[Any]:
    if hasattr(kind, "ndim"):
        if kind.layout != "C":
            raise ValueError(f"a loop takes {kind}")
        return [str(kind.dtype), kind.ndim, bool(kind.mutable)]
    if str(kind) not in PLAIN:
        raise ValueError(f"a loop takes {kind}")
    return [str(kind)]


def _processor() -> list[str]:
    llvm = _llvm()
    return [
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
    ]


def _llvm() -> Any:
    from llvmlite import binding

    return binding
