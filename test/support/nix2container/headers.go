// Reads lines of JSON, writes for each the header Go's archive/tar gives such a member, in hexadecimal: what enbi's own
// headers of nix2container's layers are held against.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type member struct {
	Name, Target           []byte
	Kind                   string
	Mode, SizeBytes, Mtime int64
	Uid, Gid               int
	Uname, Gname           string
}

var flags = map[string]byte{"file": tar.TypeReg, "directory": tar.TypeDir, "link": tar.TypeSymlink}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var m member
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			panic(err)
		}
		var out bytes.Buffer
		header := &tar.Header{
			Name: string(m.Name), Linkname: string(m.Target), Typeflag: flags[m.Kind], Mode: m.Mode, Size: m.SizeBytes,
			Uid: m.Uid, Gid: m.Gid, Uname: m.Uname, Gname: m.Gname, ModTime: time.Unix(m.Mtime, 0),
		}
		if err := tar.NewWriter(&out).WriteHeader(header); err != nil {
			panic(err)
		}
		fmt.Printf("%x\n", out.Bytes())
	}
}
