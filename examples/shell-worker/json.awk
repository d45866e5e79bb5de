# Reads one JSON object and writes it as shell assignments: "task": "api" becomes j_task='api', "argv": ["sh", "-c"]
# becomes j_argv="'sh' '-c'" (for eval "set -- $j_argv"), and "env": {"A": "b"} becomes j_env="'A=b'".
# Deeper values are passed over.  Run it with LC_ALL=C: letters are built from bytes.

function quoted(text) {
    gsub(/'/, "'\\''", text)
    return "'" text "'"
}

function letter(code) {                         # a code point as UTF-8
    if (code < 128) return sprintf("%c", code)
    if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
    if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
    return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
}

function hex(digits,   i, sum) {
    for (i = 1; i <= 4; i++) sum = sum * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
    return sum
}

function plain(text,   out, at, sign, code) {   # a JSON string without its escapes
    while (at = index(text, "\\")) {
        out = out substr(text, 1, at - 1)
        sign = substr(text, at + 1, 1)
        text = substr(text, at + 2)
        if (sign == "u") {
            code = hex(text); text = substr(text, 5)
            if (code >= 55296 && code < 56320) { code = 65536 + (code - 55296) * 1024 + hex(substr(text, 3)) - 56320; text = substr(text, 7) }
            out = out letter(code)
        } else if (at = index("ntrbf", sign)) out = out substr("\n\t\r\b\f", at, 1)
        else out = out sign
    }
    return out text
}

function token(text) {                          # a string, a number or a word, wherever it stands
    if (kind[depth] == "{" && !is_value) key[depth] = text
    else if (depth == 1) print "j_" key[1] "=" quoted(text)
    else if (depth == 2) list = list " " quoted(kind[2] == "{" ? key[2] "=" text : text)
    is_value = 0
}

{ json = json $0 }

END {
    while (json != "") {
        if (match(json, /^"([^"\\]|\\.)*"/)) token(plain(substr(json, 2, RLENGTH - 2)))
        else if (match(json, /^[-+.a-z0-9A-Z]+/)) token(substr(json, 1, RLENGTH))
        else {
            sign = substr(json, 1, 1); RLENGTH = 1
            if (sign == ":") is_value = 1
            if (sign == "{" || sign == "[") { kind[++depth] = sign; is_value = 0; if (depth == 2) list = "" }
            if (sign == "}" || sign == "]") { if (depth-- == 2) print "j_" key[1] "=" quoted(list) }
        }
        json = substr(json, RLENGTH + 1)
    }
}
