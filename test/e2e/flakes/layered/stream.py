"""Never run: what enbi looks for in nixpkgs' program, and an end."""
raise SystemExit("this was to be read, not run")


def layers(tarfile, path, conf, out):
    with tarfile.open(fileobj=out, mode="w|") as tar:
        for file in sorted([] if path.is_symlink() else path.rglob("*")):
            info = tar.gettarinfo(file)
            info.mode = 0o755
            assert not info.islnk()
    return conf["store_layers"], conf["customisation_layer"]
