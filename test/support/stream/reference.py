"""The archive that nixpkgs documents for streamLayeredImage, as a reference to hold enbi's own layers against.

reference.py CONF [STORE]: writes the image CONF describes to the output; STORE lies elsewhere than at /nix/store.
reference.py --digests CONF STORE: writes a line of digest and size for each layer of store paths, whatever its size.
reference.py --headers: reads lines of JSON, writes for each the header Python gives such a member, in hexadecimal.
"""

import datetime
import hashlib
import io
import json
import pathlib
import sys
import tarfile

SHOWN = "/nix/store"


def moment(text):
    if text == "now":
        return datetime.datetime.now(tz=datetime.timezone.utc)
    return datetime.datetime.fromisoformat(text)


class Digest:
    def __init__(self):
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data):
        self.sha256.update(data)
        self.size += len(data)


class Image:
    def __init__(self, conf, store):
        self.conf = conf
        self.store = pathlib.Path(store)
        self.created = moment(conf["created"])
        self.mtime = int(moment(conf.get("mtime", conf["created"])).timestamp())
        self.layers = []  # (hex, name in the archive, made from)

    def owned(self, info):
        info.uid, info.gid = int(self.conf.get("uid", 0)), int(self.conf.get("gid", 0))
        info.uname, info.gname = self.conf.get("uname", "root"), self.conf.get("gname", "root")
        info.mtime = self.mtime
        return info

    def files_of(self, path):
        top = self.store / pathlib.PurePath(path).relative_to(SHOWN)
        return [top] if top.is_symlink() else sorted([top, *top.rglob("*")])

    def write_layer(self, out, paths):
        with tarfile.open(fileobj=out, mode="w|") as tar:
            for name in ("/nix", SHOWN):
                info = tarfile.TarInfo(name)
                info.type = tarfile.DIRTYPE
                info.mode = 0o755
                tar.addfile(self.owned(info))
            for path in paths:
                for file in self.files_of(path):
                    self.write_file(tar, file)

    def write_file(self, tar, file):
        info = self.owned(tar.gettarinfo(file))
        info.name = f"{SHOWN}/{file.relative_to(self.store)}"
        if info.islnk():  # the second name of a file becomes a file of its own
            info.type, info.linkname, info.size = tarfile.REGTYPE, "", file.stat().st_size
        if not info.isreg():
            tar.addfile(info)
            return
        with open(file, "rb") as content:
            tar.addfile(info, content)

    def print_digests(self):
        for paths in self.conf["store_layers"]:
            digest = Digest()
            self.write_layer(digest, paths)
            print(f"sha256:{digest.sha256.hexdigest()} {digest.size}")

    def write(self, out):
        with tarfile.open(fileobj=out, mode="w|") as tar:
            self.add_base(tar)
            for paths in self.conf["store_layers"]:
                layer = io.BytesIO()
                self.write_layer(layer, paths)
                digest = hashlib.sha256(layer.getbuffer()).hexdigest()
                self.add(tar, f"{digest}/layer.tar", layer.getvalue())
                self.layers.append((digest, f"{digest}/layer.tar", paths))
            top = self.conf["customisation_layer"]
            here = self.store / pathlib.PurePath(top).relative_to(SHOWN)
            digest = (here / "checksum").read_text().strip()
            self.add(tar, f"{digest}/layer.tar", (here / "layer.tar").read_bytes())
            self.layers.append((digest, f"{digest}/layer.tar", [top]))
            self.add_manifest(tar)

    def add_base(self, tar):
        self.base = None
        if self.conf["from_image"] is None:
            return
        archive = self.store / pathlib.PurePath(self.conf["from_image"]).relative_to(SHOWN)
        with tarfile.open(archive) as base:
            manifest = json.load(base.extractfile("manifest.json"))[0]
            self.base = json.load(base.extractfile(manifest["Config"]))
            for name, digest in zip(manifest["Layers"], self.base["rootfs"]["diff_ids"]):
                self.add(tar, name, base.extractfile(name).read())
                self.layers.append((digest.removeprefix("sha256:"), name, [name]))

    def settings(self):
        settings = self.conf["config"]
        if self.base is not None:
            variables = self.base["config"].get("Env", []) + settings.get("Env", [])
            if variables:
                settings["Env"] = list({text.split("=", 1)[0]: text for text in variables}.values())
        return settings

    def add_manifest(self, tar):
        created = self.created.isoformat()
        config = json.dumps(
            {
                "created": created,
                "architecture": self.conf["architecture"],
                "os": "linux",
                "config": self.settings(),
                "rootfs": {"diff_ids": [f"sha256:{digest}" for digest, _, _ in self.layers], "type": "layers"},
                "history": [{"created": created, "comment": f"store paths: {made}"} for _, _, made in self.layers],
            }
        ).encode()
        name = f"{hashlib.sha256(config).hexdigest()}.json"
        self.add(tar, name, config)
        layers = [name for _, name, _ in self.layers]
        manifest = [{"Config": name, "RepoTags": [self.conf["repo_tag"]], "Layers": layers}]
        self.add(tar, "manifest.json", json.dumps(manifest).encode())

    def add(self, tar, name, content):
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))


def print_headers():
    types = {"file": tarfile.REGTYPE, "directory": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}
    for line in sys.stdin:
        member = json.loads(line)
        info = tarfile.TarInfo(member["name"])
        info.type = types[member["kind"]]
        info.mode, info.size, info.linkname = member["mode"], member["sizeBytes"], member["target"]
        info.uid, info.gid, info.mtime = member["uid"], member["gid"], member["mtime"]
        info.uname, info.gname = member["uname"], member["gname"]
        print(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape").hex())


if __name__ == "__main__":
    if sys.argv[1] == "--headers":
        print_headers()
    elif sys.argv[1] == "--digests":
        with open(sys.argv[2]) as conf:
            Image(json.load(conf), sys.argv[3]).print_digests()
    else:
        with open(sys.argv[1]) as conf:
            Image(json.load(conf), sys.argv[2] if len(sys.argv) > 2 else SHOWN).write(sys.stdout.buffer)
