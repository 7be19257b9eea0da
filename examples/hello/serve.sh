#!/bin/sh
# The program of the image: serves /www. As process 1 it is sent SIGTERM when its Pod is to end, and goes on serving for a
# moment, until no Service sends anyone here any more.
busybox httpd -f -p 8080 -h /www &
server=$!
trap 'busybox sleep 2; kill "$server"; exit 0' TERM INT
wait "$server"
