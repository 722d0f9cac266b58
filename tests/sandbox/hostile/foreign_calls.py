"""Makes a system call in the convention of 32-bit programs, where the numbers mean other calls.

must: signal
only: x86_64
"""

import ctypes
import mmap

page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\xb8\x1a\x00\x00\x00\xcd\x80\xc3")  # mov eax, 26 (ptrace there); int 0x80; ret
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
print("ESCAPED: came back with", ctypes.CFUNCTYPE(ctypes.c_int)(address)(), flush=True)
