#!/bin/sh
# Process 1 of a node, in network, mount, PID and UTS namespaces of its own. It gives the node its own /etc, /opt, /run,
# /tmp and /var, then keeps containerd, kubelet and kube-proxy running. Expects NODE, NODE_DIR, BIN, CGROUP_FILES,
# CNI_PROGRAMS, CONTAINERD_ADDRESS (which ctr reads too), CONTAINERD_ARGS, IMPORT, KUBELET_ARGS and PROXY_ARGS, none of which
# contains a space within a word.
set -eu

# Before anything else, so that no process of the node is ever outside its cgroup.
for file in $CGROUP_FILES; do echo 0 >"$file"; done

mount -n --make-rprivate /
mount -n -t proc proc /proc
hostname "$NODE"

# (-n: mount keeps notes of its own in the /run that is about to be replaced.)
# Everything the node needs of the machine is bound below /run first: the next mounts may hide where it lies.
mount -n -t tmpfs -o mode=755 run "$NODE_DIR/run"
mkdir -p "$NODE_DIR/run/enbi-cluster/bin" "$NODE_DIR/run/enbi-cluster/node" "$NODE_DIR/run/lock"
mount -n --bind "$BIN" "$NODE_DIR/run/enbi-cluster/bin"
mount -n --bind "$NODE_DIR" "$NODE_DIR/run/enbi-cluster/node"
mount -n --move "$NODE_DIR/run" /run
node=/run/enbi-cluster/node
for folder in etc opt tmp var; do mount -n --bind "$node/$folder" "/$folder"; done
mkdir -p "$CNI_PROGRAMS"
mount -n --bind /run/enbi-cluster/bin "$CNI_PROGRAMS"
# The kubelet hands mounts to containers and takes them back; that works on shared mounts only.
mount -n --make-rshared /

export PATH="/run/enbi-cluster/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
cd /

# A process that ends is started again, as an init system would.
keep() {
  log="$node/log/$1.log"
  shift
  while :; do
    "$@" >>"$log" 2>&1 || echo "ended with exit code $?, starting it again" >>"$log"
    sleep 1
  done
}

# The kubelet sets a handful of kernel parameters for the whole machine. It gets a view of its own in which they have the
# wanted values already. Only it: a container in a user namespace may mount /proc only where nothing covers parts of it.
kubelet_in_its_view() {
  unshare --mount --propagation unchanged sh -ec '
    mount -n --make-private /proc
    for file in '"$node"'/sysctl/*; do
      target="/proc/sys/$(basename "$file" | tr . /)"
      if [ -e "$target" ]; then mount -n --bind "$file" "$target"; fi
    done
    exec kubelet '"$KUBELET_ARGS"
}

# shellcheck disable=SC2086 # words are meant to be split
keep containerd containerd $CONTAINERD_ARGS &

until ctr version >/dev/null 2>&1; do sleep 0.05; done
if [ -z "$(ctr -n k8s.io images ls -q "name==$SANDBOX_IMAGE")" ]; then
  # shellcheck disable=SC2086 # words are meant to be split
  $IMPORT "$node/sandbox.tar" >>"$node/log/containerd.log" 2>&1
fi

keep kubelet kubelet_in_its_view &
# shellcheck disable=SC2086 # words are meant to be split
keep kube-proxy kube-proxy $PROXY_ARGS &

# Reaps whatever ends without a parent.
wait
