echo "compiling 1 of 3: page.c"
echo "compiling 2 of 3: server.c"
echo "server.c:12: warning: unused variable 'greeting'"
echo "compiling 3 of 3: main.c"
echo "main.c:3: fatal error: missing.h: No such file or directory" >&2
echo "    3 | #include <missing.h>" >&2
exit 1
