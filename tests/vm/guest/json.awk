# SPDX-License-Identifier: GPL-2.0-or-later
#
# Read JSON strictly and print one line per value, PATH=VALUE: {"a":[{"b":"c"}]} is a.0.b=c. Strings stay escaped.
# What is no JSON ends with exit code 1. A string may not go over the end of a line.

BEGIN { want = "value" }

function fail(message)
{
	print "json: line " NR ": " message ", wanted: " want > "/dev/stderr"
	failed = 1
	exit 1
}

function path(    i, text)
{
	for (i = 1; i <= depth; i++)
		text = text (i > 1 ? "." : "") (kind[i] == "[" ? number[i] : key[i])
	return text
}

function ended() { want = depth ? "comma or close" : "end" }

function open_value(char)
{
	if (want !~ /^value/)
		fail(char)
	kind[++depth] = char
	number[depth] = 0
	want = (char == "[" ? "value" : "key") " or close"
}

function close_value(char)
{
	if (!depth || want !~ /close$/ || kind[depth] char !~ /^(\{\}|\[\])$/)
		fail(char)
	# Empty ones are values too.
	if (want !~ /^comma/)
		print path_of_parent() "=" kind[depth] char
	depth--
	ended()
}

function path_of_parent(    text)
{
	depth--
	text = path()
	depth++
	return text
}

function separate(char)
{
	if (char == ":" ? want != "colon" : want !~ /^comma/)
		fail(char)
	if (char == "," && kind[depth] == "[")
		number[depth]++
	want = char == ":" || kind[depth] == "[" ? "value" : "key"
}

function take_string(text)
{
	text = substr(text, 2, length(text) - 2)
	if (want ~ /^key/) {
		key[depth] = text
		want = "colon"
	} else {
		take_value(text)
	}
}

function take_value(text)
{
	if (want !~ /^value/)
		fail(text)
	print path() "=" text
	ended()
}

{
	rest = $0
	while (sub(/^[ \t\r]+/, "", rest) || rest != "") {
		if (rest == "")
			break
		char = substr(rest, 1, 1)
		taken = 1
		if (char ~ /^[{[]$/)
			open_value(char)
		else if (char ~ /^[]}]$/)
			close_value(char)
		else if (char ~ /^[,:]$/)
			separate(char)
		else if (match(rest, /^"([^"\\[:cntrl:]]|\\["\\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*"/)) {
			taken = RLENGTH
			take_string(substr(rest, 1, taken))
		} else if (match(rest, /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)/)) {
			taken = RLENGTH
			take_value(substr(rest, 1, taken))
		} else {
			fail(substr(rest, 1, 20))
		}
		rest = substr(rest, taken + 1)
	}
}

END {
	if (!failed && want != "end")
		fail("the end")
}
