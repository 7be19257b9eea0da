// The layers that nix2container documents for its JSON, as a reference to hold enbi's own against: reads {store, layers} from
// the input, writes a JSON list of digest and size. The store lies elsewhere than at /nix/store.
package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"
)

type perm struct {
	Regex, Mode, OrMode, Uname, Gname string
	Uid, Gid                          int
}

type storePath struct {
	Path    string
	Options *struct {
		Rewrite           struct{ Regex, Repl string }
		Perms             []perm
		IgnoreDestination string
	}
}

type entry struct {
	real, shown string
	info        fs.FileInfo
	perms       []perm
	below       map[string]*entry
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func insert(root *entry, name string) *entry {
	at := root
	for _, part := range strings.Split(strings.TrimPrefix(name, "/"), "/") {
		if part == "" {
			continue
		}
		if at.below[part] == nil {
			at.below[part] = &entry{below: map[string]*entry{}}
		}
		at = at.below[part]
	}
	return at
}

func collect(root *entry, store string, path storePath) {
	top := strings.Replace(path.Path, "/nix/store", store, 1)
	check(filepath.Walk(top, func(real string, info fs.FileInfo, err error) error {
		check(err)
		shown := strings.Replace(real, store, "/nix/store", 1)
		name := shown
		var perms []perm
		if path.Options != nil {
			perms = path.Options.Perms
			if rewrite := path.Options.Rewrite; rewrite.Regex != "" {
				name = regexp.MustCompile(rewrite.Regex).ReplaceAllString(shown, rewrite.Repl)
			}
		}
		if name != "" && path.Options != nil && path.Options.IgnoreDestination != "" &&
			regexp.MustCompile(path.Options.IgnoreDestination).MatchString(name) {
			if info.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if name != "" {
			at := insert(root, name)
			at.real, at.shown, at.info, at.perms = real, shown, info, perms
		}
		return nil
	}))
}

func header(name string, at *entry) *tar.Header {
	h := &tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}
	if at.info != nil {
		link := ""
		if at.info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(at.real)
			check(err)
			link = target
		}
		made, err := tar.FileInfoHeader(at.info, link)
		check(err)
		h = made
		if link != "" {
			h.Mode = 0o777
		}
	}
	h.Name, h.Uid, h.Gid, h.Uname, h.Gname = name, 0, 0, "root", "root"
	h.ModTime, h.AccessTime, h.ChangeTime = time.Unix(1, 0), time.Time{}, time.Time{}
	for _, p := range at.perms {
		if regexp.MustCompile(p.Regex).MatchString(at.shown) {
			apply(h, p)
		}
	}
	return h
}

func apply(h *tar.Header, p perm) {
	h.Uid, h.Gid = p.Uid, p.Gid
	if p.Uname != "" {
		h.Uname = p.Uname
	}
	if p.Gname != "" {
		h.Gname = p.Gname
	}
	if p.Mode != "" {
		fmt.Sscanf(p.Mode, "%o", &h.Mode)
	}
	var more int64
	if p.OrMode != "" {
		fmt.Sscanf(p.OrMode, "%o", &more)
	}
	h.Mode |= more
}

func write(out *tar.Writer, name string, at *entry) {
	h := header(name, at)
	check(out.WriteHeader(h))
	if h.Typeflag == tar.TypeReg {
		file, err := os.Open(at.real)
		check(err)
		_, err = io.Copy(out, file)
		check(err)
		check(file.Close())
	}
	var names []string
	for part := range at.below {
		names = append(names, part)
	}
	sort.Strings(names)
	for _, part := range names {
		write(out, filepath.Join(name, part), at.below[part])
	}
}

type counter struct{ size int64 }

func (c *counter) Write(p []byte) (int, error) { c.size += int64(len(p)); return len(p), nil }

func main() {
	var input struct {
		Store  string
		Layers [][]storePath
	}
	check(json.NewDecoder(os.Stdin).Decode(&input))
	found := []map[string]any{}
	for _, paths := range input.Layers {
		digest, size := sha256.New(), &counter{}
		out := tar.NewWriter(io.MultiWriter(digest, size))
		root := &entry{below: map[string]*entry{}}
		for _, path := range paths {
			collect(root, input.Store, path)
		}
		if len(root.below) > 0 || root.info != nil {
			write(out, "/", root)
		}
		check(out.Close())
		found = append(found, map[string]any{"digest": fmt.Sprintf("sha256:%x", digest.Sum(nil)), "size": size.size})
	}
	check(json.NewEncoder(os.Stdout).Encode(found))
}
