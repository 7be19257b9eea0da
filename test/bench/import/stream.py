#!/usr/bin/python3
"""A stream script as nixpkgs' streamLayeredImage makes one: reads its conf.json, writes a docker-archive."""

import datetime
import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile

BLOCK = 1024 * 1024


class Hashing:
    """A file that nobody keeps: its digest and its length."""

    def __init__(self):
        self.digest = hashlib.sha256()
        self.length = 0

    def write(self, data):
        self.digest.update(data)
        self.length += len(data)
        return len(data)


def owned(info, conf):
    info.mtime = int(datetime.datetime.fromisoformat(conf["mtime"]).timestamp())
    info.uid, info.gid = int(conf["uid"]), int(conf["gid"])
    info.uname, info.gname = conf["uname"], conf["gname"]
    return info


def folder(name, conf):
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    info.mode = 0o755
    return owned(info, conf)


def write_layer(target, paths, conf):
    with tarfile.open(fileobj=target, mode="w|") as tar:
        for name in ("/nix", "/nix/store"):
            tar.addfile(folder(name, conf))
        for root in map(pathlib.Path, paths):
            below = [] if root.is_symlink() else root.rglob("*")
            for path in sorted([root, *below]):
                add(tar, path, conf)


def add(tar, path, conf):
    info = tar.gettarinfo(path)
    info.name = f"/{info.name}"
    if info.islnk():
        info.type, info.linkname, info.size = tarfile.REGTYPE, "", path.stat().st_size
    owned(info, conf)
    if not info.isfile():
        tar.addfile(info)
        return
    with open(path, "rb") as content:
        tar.addfile(info, content)


def layer_of(paths, conf):
    """Made twice: first for its digest, which is its name in the archive."""
    hashing = Hashing()
    write_layer(hashing, paths, conf)
    return hashing.digest.hexdigest(), hashing.length


class Pouring:
    """A file that pours into the archive without a header of its own."""

    def __init__(self, tar):
        self.tar = tar

    def write(self, data):
        self.tar.fileobj.write(data)
        self.tar.offset += len(data)
        return len(data)


def add_layer(tar, checksum, length, pour, conf):
    info = owned(tarfile.TarInfo(f"{checksum}/layer.tar"), conf)
    info.size = length
    tar.addfile(folder(checksum, conf))
    header = info.tobuf(tar.format, tar.encoding, tar.errors)
    tar.fileobj.write(header)
    tar.offset += len(header)
    pour(Pouring(tar))
    padding = -length % tarfile.BLOCKSIZE
    tar.fileobj.write(b"\0" * padding)
    tar.offset += padding


def add_bytes(tar, name, content, conf):
    info = owned(tarfile.TarInfo(name), conf)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def copy(source, target):
    with open(source, "rb") as content:
        while data := content.read(BLOCK):
            target.write(data)


def main(conf_file):
    with open(conf_file, encoding="utf8") as file:
        conf = json.load(file)
    layers = []
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
        for paths in conf["store_layers"]:
            checksum, length = layer_of(paths, conf)
            add_layer(tar, checksum, length, lambda target: write_layer(target, paths, conf), conf)
            layers.append((checksum, paths))
        top = conf["customisation_layer"]
        with open(f"{top}/checksum", encoding="utf8") as file:
            checksum = file.read().strip()
        archive = f"{top}/layer.tar"
        add_layer(tar, checksum, os.path.getsize(archive), lambda target: copy(archive, target), conf)
        layers.append((checksum, [top]))
        add_documents(tar, layers, conf)


def add_documents(tar, layers, conf):
    config = {
        "created": conf["created"],
        "architecture": conf["architecture"],
        "os": "linux",
        "config": conf["config"],
        "rootfs": {"diff_ids": [f"sha256:{checksum}" for checksum, _ in layers], "type": "layers"},
        "history": [{"created": conf["created"], "comment": f"store paths: {paths}"} for _, paths in layers],
    }
    content = json.dumps(config, indent=4).encode()
    name = f"{hashlib.sha256(content).hexdigest()}.json"
    add_bytes(tar, name, content, conf)
    names = [f"{checksum}/layer.tar" for checksum, _ in layers]
    manifest = [{"Config": name, "RepoTags": [conf["repo_tag"]], "Layers": names}]
    add_bytes(tar, "manifest.json", json.dumps(manifest, indent=4).encode(), conf)


main(sys.argv[1])
