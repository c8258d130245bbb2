"""Why a file is refused or cannot be reached, whichever room reads it: in words a clerk can act on."""

from __future__ import annotations

import errno

_TOLD = {
    errno.ENOENT: "没有这个文件或文件夹", errno.ENOTDIR: "路径里有一段不是文件夹", errno.EISDIR: "这是文件夹，要给一个文件",
    errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.EROFS: "磁盘是只读的", errno.ENOSPC: "磁盘满了",
    errno.ENAMETOOLONG: "名字太长",
}


class FileRefused(Exception):
    """A file cannot be taken in at all and nothing of it was; `words` say what is wrong, where, and the cure."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def said(error: OSError) -> str:
    """What the machine says of a file: in Chinese where it is one of the usual things."""
    return _TOLD.get(error.errno or 0) or error.strerror or type(error).__name__
