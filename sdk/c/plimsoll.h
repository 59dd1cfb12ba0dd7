/* Policies for Kubernetes manifests, written in C, that run sandboxed in Plimsoll.
 *
 * A plugin is one file, plugin.c, and what it includes; plugin.json beside it says what the plugin and each rule is. There is no library: this
 * header has all that a rule needs. `plimsoll plugin build` compiles it with clang and makes a component of it.
 *
 *     #include "plimsoll.h"
 *
 *     static void owner_missing(pl_object object, pl_report *report) {
 *         pl_node owner = pl_get(pl_labels(object), PL("team"));
 *         if (pl_string(owner).length == 0) pl_at(report, owner, PL("say who owns it"));
 *     }
 *
 *     PL_PLUGIN({ .id = "owner-missing", .check = owner_missing })
 *
 * What goes wrong in here (a broken tape, no more memory) traps, which is a fault of the plugin in the report of a scan. */
#ifndef PLIMSOLL_H
#define PLIMSOLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Text: bytes of UTF-8 with their number, not ended by anything. ---- */

typedef struct {
    const char *at;
    uint32_t length;
} pl_text;

/* A text that stands in the source. */
#define PL(literal) ((pl_text){("" literal), sizeof("" literal) - 1})

/* Several texts as one: pl_join(PL("the image "), image, PL(" is old")). */
#define pl_join(...) pl_joined((pl_text[]){__VA_ARGS__}, sizeof((pl_text[]){__VA_ARGS__}) / sizeof(pl_text))

static bool pl_same(pl_text a, pl_text b) {
    if (a.length != b.length) return false;
    for (uint32_t i = 0; i < a.length; i++)
        if (a.at[i] != b.at[i]) return false;
    return true;
}

/* ---- Memory: it is given out piece by piece, and all of it is free again when the host has read an answer. ---- */

extern unsigned char __heap_base;
static uintptr_t pl_unused, pl_kept;

static void *pl_alloc(size_t size) {
    if (!pl_unused) pl_unused = (uintptr_t)&__heap_base;
    uintptr_t at = (pl_unused + 7) & ~(uintptr_t)7;
    uint64_t end = (uint64_t)at + size, has = (uint64_t)__builtin_wasm_memory_size(0) << 16;
    if (end > has && __builtin_wasm_memory_grow(0, (size_t)((end - has + 0xFFFF) >> 16)) == SIZE_MAX) __builtin_trap();
    pl_unused = (uintptr_t)end;
    return (void *)at;
}

/* What clang may call by itself; each is one instruction. */
__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    return __builtin_memcpy(to, from, size);
}
__attribute__((used)) void *memset(void *to, int byte, size_t size) {
    return __builtin_memset(to, byte, size);
}

__attribute__((unused)) static pl_text pl_joined(const pl_text *texts, uint32_t count) {
    uint32_t length = 0;
    for (uint32_t i = 0; i < count; i++) length += texts[i].length;
    char *joined = pl_alloc(length), *to = joined;
    for (uint32_t i = 0; i < count; to += texts[i++].length) memcpy(to, texts[i].at, texts[i].length);
    return (pl_text){joined, length};
}

/* A number as text. */
__attribute__((unused)) static pl_text pl_decimal(int64_t number) {
    char *end = (char *)pl_alloc(20) + 20, *at = end;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) *--at = '-';
    return (pl_text){at, (uint32_t)(end - at)};
}

/* ---- Nodes: an address in an object, and the value there, if there is one. A step that leads nowhere is no error: the node is then missing,
 * knows its address all the same, and a finding on it is shown at the nearest ancestor that exists. ---- */

typedef enum { PL_NULL, PL_BOOL, PL_INTEGER, PL_LARGE, PL_FLOAT, PL_STRING, PL_SEQUENCE, PL_MAPPING, PL_MISSING } pl_type;

/* An object as it crosses the wall, wit/1.0.0/TAPE.md, or JSON in the same form. */
typedef struct {
    uint32_t key; /* the type, and a symbol in the upper three bytes */
    uint32_t size; /* how many nodes the subtree has */
    uint64_t value;
} pl_entry;
typedef struct {
    const pl_entry *nodes;
    const uint64_t *symbols;
    const uint32_t *pods;
    const char *text;
    uint32_t node_count, symbol_count, pod_count, text_length;
    pl_text file;
} pl_chunk;

typedef struct {
    const pl_chunk *chunk;
    uint32_t object;
    uint32_t index; /* the node, or the deepest ancestor that exists */
    uint32_t end; /* where the items end among which it stands, for pl_each */
    pl_text missing; /* what is missing below that, as a pointer */
} pl_node;
typedef pl_node pl_object;
typedef struct {
    pl_node spec, metadata;
} pl_pod;

static void pl_need(bool holds) {
    if (!holds) __builtin_trap();
}

static const pl_entry *pl_entry_of(pl_node node) {
    pl_need(node.chunk && node.index < node.chunk->node_count);
    return node.chunk->nodes + node.index;
}

static pl_text pl_text_in(const pl_chunk *chunk, uint64_t value) {
    uint32_t offset = (uint32_t)value, length = (uint32_t)(value >> 32);
    pl_need(offset <= chunk->text_length && length <= chunk->text_length - offset);
    return (pl_text){chunk->text + offset, length};
}

static pl_type pl_type_of(pl_node node) {
    if (node.missing.length || !node.chunk) return PL_MISSING;
    pl_type type = pl_entry_of(node)->key & 0xFF;
    return type == PL_LARGE ? PL_INTEGER : type;
}

/* The items of a sequence or the entries of a mapping: pl_each (item, list) { … } */
#define pl_each(item, of) for (pl_node item = pl_first(of); item.chunk; item = pl_next(item))

static pl_node pl_until(pl_node node) {
    return node.index < node.end ? node : (pl_node){0};
}
static pl_node pl_first(pl_node of) {
    pl_type type = pl_type_of(of);
    if (type != PL_SEQUENCE && type != PL_MAPPING) return (pl_node){0};
    uint32_t size = pl_entry_of(of)->size;
    pl_need(size > 0 && size <= of.chunk->node_count - of.index);
    return pl_until((pl_node){of.chunk, of.object, of.index + 1, of.index + size, {0, 0}});
}
static pl_node pl_next(pl_node item) {
    uint32_t size = pl_entry_of(item)->size;
    pl_need(size > 0 && size <= item.end - item.index);
    item.index += size;
    return pl_until(item);
}

/* The key under which a node stands in its mapping. */
static pl_text pl_key(pl_node node) {
    uint32_t symbol = pl_entry_of(node)->key >> 8;
    return symbol < node.chunk->symbol_count ? pl_text_in(node.chunk, node.chunk->symbols[symbol]) : PL("");
}

/* The value under a key. */
static pl_node pl_get(pl_node node, pl_text key) {
    if (pl_type_of(node) == PL_MAPPING)
        pl_each (entry, node)
            if (pl_same(pl_key(entry), key)) return entry;
    /* A pointer, in which `~` and `/` are written as `~0` and `~1`. */
    char *step = pl_alloc(2 * (size_t)key.length + 1), *to = step;
    *to++ = '/';
    for (uint32_t i = 0; i < key.length; i++) {
        bool escaped = key.at[i] == '~' || key.at[i] == '/';
        if (escaped) *to++ = '~';
        *to++ = !escaped ? key.at[i] : key.at[i] == '~' ? '0' : '1';
    }
    node.missing = pl_join(node.missing, ((pl_text){step, (uint32_t)(to - step)}));
    return node;
}

/* The text, or nothing where it is no string. */
static pl_text pl_string(pl_node node) {
    return pl_type_of(node) == PL_STRING ? pl_text_in(node.chunk, pl_entry_of(node)->value) : PL("");
}
/* Whether it is this text. */
__attribute__((unused)) static bool pl_is(pl_node node, pl_text text) {
    return pl_type_of(node) == PL_STRING && pl_same(pl_string(node), text);
}
/* Whether it is the boolean true. */
__attribute__((unused)) static bool pl_is_true(pl_node node) {
    return pl_type_of(node) == PL_BOOL && pl_entry_of(node)->value == 1;
}
/* Whether it is a whole number that fits, which is then in `number`. A float without a fraction counts, as it does for Kubernetes. */
__attribute__((unused)) static bool pl_integer(pl_node node, int64_t *number) {
    if (pl_type_of(node) == PL_INTEGER) {
        *number = (int64_t)pl_entry_of(node)->value;
        return (pl_entry_of(node)->key & 0xFF) == PL_INTEGER;
    }
    double value = 0;
    if (pl_type_of(node) == PL_FLOAT) memcpy(&value, &pl_entry_of(node)->value, sizeof value);
    bool fits = value >= -0x1p63 && value < 0x1p63 && (double)(int64_t)value == value;
    if (fits) *number = (int64_t)value;
    return pl_type_of(node) == PL_FLOAT && fits;
}

__attribute__((unused)) static pl_text pl_file(pl_object object) {
    return object.chunk->file;
}
static pl_text pl_kind(pl_object object) {
    return pl_string(pl_get(object, PL("kind")));
}
/* The API group: `apps`; empty for the core group. */
static pl_text pl_group(pl_object object) {
    pl_text version = pl_string(pl_get(object, PL("apiVersion")));
    while (version.length && version.at[--version.length] != '/') continue;
    return version;
}
static pl_text pl_name(pl_object object) {
    return pl_string(pl_get(pl_get(object, PL("metadata")), PL("name")));
}
__attribute__((unused)) static pl_text pl_namespace(pl_object object) {
    return pl_string(pl_get(pl_get(object, PL("metadata")), PL("namespace")));
}
__attribute__((unused)) static pl_node pl_labels(pl_object object) {
    return pl_get(pl_get(object, PL("metadata")), PL("labels"));
}
__attribute__((unused)) static pl_node pl_annotations(pl_object object) {
    return pl_get(pl_get(object, PL("metadata")), PL("annotations"));
}

static uint32_t pl_pod_count(pl_object object) {
    return object.chunk->pod_count;
}
/* The pod template of an object at this position, or a `Pod` itself; some custom kinds carry several. */
__attribute__((unused)) static pl_pod pl_pod_at(pl_object object, uint32_t position) {
    pl_need(position < pl_pod_count(object));
    const uint32_t *nodes = object.chunk->pods + 2 * position;
    pl_node spec = {object.chunk, object.object, nodes[0], 0, {0, 0}}, around = {object.chunk, object.object, 0, 0, {0, 0}};
    pl_entry_of(spec);
    /* What is around the spec, for a pod without metadata. */
    for (bool deeper = true; deeper && nodes[1] == UINT32_MAX;) {
        deeper = false;
        pl_each (child, around)
            if (child.index < spec.index && spec.index - child.index < pl_entry_of(child)->size) {
                around = child;
                deeper = true;
                break;
            }
    }
    pl_node metadata = {object.chunk, object.object, nodes[1], 0, {0, 0}};
    return (pl_pod){spec, nodes[1] == UINT32_MAX ? pl_get(around, PL("metadata")) : metadata};
}

/* ---- Reports. The records are those of the interface, as the component model lays them out. ---- */

typedef struct {
    uint32_t object, node;
    pl_text path;
} pl_place;
typedef struct {
    pl_place at;
    pl_text message;
} pl_related_place;
typedef struct {
    pl_place at;
    pl_text action, value;
} pl_edit;
typedef struct {
    pl_text rule;
    pl_place at;
    pl_text message;
    pl_related_place *related;
    uint32_t related_count, has_fix;
    pl_text fix;
    pl_edit *edits;
    uint32_t edit_count;
    pl_text properties;
} pl_finding;
typedef struct {
    pl_text pointer, message;
} pl_problem_found;

typedef struct {
    pl_finding *findings;
    uint32_t count;
    pl_text rule;
    /* The version of Kubernetes that the manifests are meant for: the number after `1.`. */
    uint32_t kubernetes;
} pl_report;
typedef struct {
    pl_problem_found *problems;
    uint32_t count;
    pl_text below;
} pl_problems;

_Static_assert(sizeof(pl_finding) == 68 && sizeof(pl_edit) == 32, "the records are those of the interface");

/* Room for one more in a list, whose room doubles when it is full. */
static void *pl_pushed(void *list, uint32_t count, size_t size) {
    if (count && (count & (count - 1))) return list;
    void *larger = pl_alloc((count ? 2 * (size_t)count : 1) * size);
    return memcpy(larger, list, count * size);
}

static pl_place pl_place_of(pl_node node) {
    pl_need(node.chunk);
    return (pl_place){node.object, node.index, node.missing};
}

/* Says that something is wrong at a node, which need not exist. The finding may be added to until the next one. */
__attribute__((unused)) static pl_finding *pl_at(pl_report *report, pl_node node, pl_text message) {
    report->findings = pl_pushed(report->findings, report->count, sizeof(pl_finding));
    pl_finding *finding = report->findings + report->count++;
    *finding = (pl_finding){.rule = report->rule, .at = pl_place_of(node), .message = message};
    return finding;
}
/* Adds a place that helps to understand a finding. */
__attribute__((unused)) static void pl_related(pl_finding *finding, pl_node node, pl_text message) {
    finding->related = pl_pushed(finding->related, finding->related_count, sizeof(pl_related_place));
    finding->related[finding->related_count++] = (pl_related_place){pl_place_of(node), message};
}
static void pl_fix(pl_finding *finding, pl_node node, pl_text action, pl_text value) {
    finding->edits = pl_pushed(finding->edits, finding->edit_count, sizeof(pl_edit));
    finding->edits[finding->edit_count++] = (pl_edit){pl_place_of(node), action, value};
    finding->has_fix = 1;
    finding->fix = finding->message;
}
/* Adds to the fix: write a value, given as JSON, with what is missing on the way. */
__attribute__((unused)) static void pl_set(pl_finding *finding, pl_node node, pl_text json) {
    pl_fix(finding, node, PL("set"), json);
}
/* Adds to the fix: write a text. */
__attribute__((unused)) static void pl_set_string(pl_finding *finding, pl_node node, pl_text text) {
    char *json = pl_alloc(6 * (size_t)text.length + 2), *to = json;
    *to++ = '"';
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (byte < 0x20) {
            memcpy(to, "\\u00", 4);
            to[4] = (char)('0' + (byte >> 4));
            to[5] = "0123456789abcdef"[byte & 15];
            to += 6;
            continue;
        }
        if (byte == '"' || byte == '\\') *to++ = '\\';
        *to++ = (char)byte;
    }
    *to++ = '"';
    pl_set(finding, node, (pl_text){json, (uint32_t)(to - json)});
}
/* Adds to the fix: remove the key with its value, or the item. */
__attribute__((unused)) static void pl_remove(pl_finding *finding, pl_node node) {
    pl_fix(finding, node, PL("remove"), PL(""));
}
/* Adds to the fix: give the key of the node another name. */
__attribute__((unused)) static void pl_rename(pl_finding *finding, pl_node node, pl_text key) {
    pl_fix(finding, node, PL("rename"), key);
}
/* Says that something is wrong in the parameters of a rule, at a pointer into them. */
static void pl_problem(pl_problems *problems, pl_text pointer, pl_text message) {
    problems->problems = pl_pushed(problems->problems, problems->count, sizeof(pl_problem_found));
    problems->problems[problems->count++] = (pl_problem_found){pl_join(problems->below, pointer), message};
}

/* ---- JSON, of the configuration and the description, read into nodes. It is the host's, or plugin.json, which the build has read: what is
 * wrong in it traps. ---- */

typedef struct {
    const char *at, *end;
    pl_entry *nodes;
    uint64_t *symbols;
    char *text;
    uint32_t node_count, text_length;
} pl_json;

static char pl_peek(pl_json *json) {
    while (json->at < json->end && (*json->at == ' ' || *json->at == '\t' || *json->at == '\r' || *json->at == '\n')) json->at++;
    pl_need(json->at < json->end);
    return *json->at;
}
static bool pl_skip(pl_json *json, char wanted) {
    bool there = pl_peek(json) == wanted;
    json->at += there;
    return there;
}
static char pl_step(pl_json *json) {
    pl_need(json->at < json->end);
    return *json->at++;
}
static uint32_t pl_hex(pl_json *json) {
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        char digit = pl_step(json);
        code = code << 4 | (uint32_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return code;
}
static void pl_put(pl_json *json, uint32_t byte) {
    json->text[json->text_length++] = (char)byte;
}
/* A string, as offset and length of what it means. */
static uint64_t pl_read_string(pl_json *json) {
    pl_need(pl_skip(json, '"'));
    uint32_t begin = json->text_length;
    for (char c; (c = pl_step(json)) != '"';) {
        if (c != '\\') {
            pl_put(json, (uint32_t)c);
            continue;
        }
        c = pl_step(json);
        if (c != 'u') {
            pl_put(json, (uint32_t)(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c));
            continue;
        }
        uint32_t code = pl_hex(json);
        if (code >> 10 == 0x36 && json->end - json->at > 6) {
            json->at += 2;
            code = 0x10000 + ((code & 0x3FF) << 10) + (pl_hex(json) & 0x3FF);
        }
        if (code < 0x80) pl_put(json, code);
        if (code >= 0x80 && code < 0x800) pl_put(json, 0xC0 | code >> 6);
        if (code >= 0x800 && code < 0x10000) pl_put(json, 0xE0 | code >> 12);
        if (code >= 0x10000) pl_put(json, 0xF0 | code >> 18);
        if (code >= 0x10000) pl_put(json, 0x80 | (code >> 12 & 63));
        if (code >= 0x800) pl_put(json, 0x80 | (code >> 6 & 63));
        if (code >= 0x80) pl_put(json, 0x80 | (code & 63));
    }
    return (uint64_t)(json->text_length - begin) << 32 | begin;
}
/* A number: exact if it is whole and fits, else to some fifteen digits. */
static void pl_read_number(pl_json *json, pl_entry *node) {
    bool negative = pl_skip(json, '-'), whole = true;
    double value = 0, unit = 1;
    uint64_t digits = 0;
    int32_t exponent = 0, sign = 1;
    for (; json->at < json->end && ((*json->at >= '0' && *json->at <= '9') || *json->at == '.'); json->at++) {
        if (*json->at == '.') {
            whole = false;
            continue;
        }
        uint64_t digit = (uint64_t)(*json->at - '0');
        value = value * 10 + (double)digit;
        if (!whole) unit *= 10;
        if (value < 0x1p63) digits = digits * 10 + digit;
    }
    if (json->at < json->end && (*json->at | 0x20) == 'e') {
        whole = false;
        json->at++;
        if (!pl_skip(json, '+') && pl_skip(json, '-')) sign = -1;
        for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++)
            if (exponent < 400) exponent = exponent * 10 + (*json->at - '0');
    }
    node->key = whole && value < 0x1p63 ? PL_INTEGER : PL_FLOAT;
    node->value = negative ? (uint64_t)-digits : digits;
    if (node->key == PL_INTEGER) return;
    value = (negative ? -value : value) / unit;
    for (; exponent > 0; exponent--) value = sign > 0 ? value * 10 : value / 10;
    memcpy(&node->value, &value, sizeof value);
}
static void pl_read_value(pl_json *json) {
    uint32_t index = json->node_count++;
    pl_entry *node = json->nodes + index;
    char first = pl_peek(json);
    *node = (pl_entry){PL_NULL, 1, 0};
    if (first == '{' || first == '[') {
        char last = first == '{' ? '}' : ']';
        node->key = first == '{' ? PL_MAPPING : PL_SEQUENCE;
        json->at++;
        while (!pl_skip(json, last)) {
            if (node->value++) pl_need(pl_skip(json, ','));
            uint64_t key = first == '{' ? pl_read_string(json) : 0;
            if (first == '{') pl_need(pl_skip(json, ':'));
            /* Every node has a symbol of its own. */
            uint32_t child = json->node_count;
            json->symbols[child] = key;
            pl_read_value(json);
            json->nodes[child].key |= child << 8;
        }
        node->size = json->node_count - index;
    } else if (first == '"') {
        node->key = PL_STRING;
        node->value = pl_read_string(json);
    } else if (first == 't' || first == 'f' || first == 'n') {
        json->at += first == 'f' ? 5 : 4;
        node->key = first == 'n' ? PL_NULL : PL_BOOL;
        node->value = first == 't';
    } else {
        pl_read_number(json, node);
    }
}
static pl_node pl_parse(pl_text text) {
    /* No value takes less than a byte. */
    size_t most = (size_t)text.length + 1;
    pl_json json = {text.at, text.at + text.length, pl_alloc(most * sizeof(pl_entry)), pl_alloc(most * 8), pl_alloc(most), 0, 0};
    pl_read_value(&json);
    pl_chunk *chunk = pl_alloc(sizeof *chunk);
    *chunk = (pl_chunk){json.nodes, json.symbols, NULL, json.text, json.node_count, json.node_count, 0, json.text_length, {0, 0}};
    return (pl_node){chunk, 0, 0, 0, {0, 0}};
}

/* ---- The plugin. ---- */

/* One thing that is checked; plugin.json says the rest of it. */
typedef struct {
    /* The rule's name in plugin.json. */
    const char *id;
    /* Looks at one object of the kinds that plugin.json names. */
    void (*check)(pl_object object, pl_report *report);
    /* Looks at all of them at once, those that are applied together; plugin.json says `"looksAt": "set"` then. */
    void (*check_set)(const pl_object *objects, uint32_t count, pl_report *report);
    /* Takes the parameters of the rule, a missing node if there are none, which stay where they are; says what is wrong with them. A rule without
     * it has none. */
    void (*configure)(pl_node parameters, pl_problems *problems);
} pl_rule;

/* The rules of a plugin. */
#define PL_PLUGIN(...)                          \
    const pl_rule pl_rules[] = {__VA_ARGS__};   \
    const uint32_t pl_rule_count = sizeof pl_rules / sizeof *pl_rules;

extern const pl_rule pl_rules[];
extern const uint32_t pl_rule_count;

/* The build puts the text of plugin.json before the source. */
#ifndef PL_DESCRIBED
static const char PL_DESCRIPTION[1];
#endif

typedef struct {
    uint8_t is_error;
    const void *list;
    uint32_t count;
} pl_result;

static pl_text pl_id(const pl_rule *rule) {
    uint32_t length = 0;
    while (rule->id[length]) length++;
    return (pl_text){rule->id, length};
}

static pl_node pl_description;
static bool *pl_wanted;
static uint32_t pl_kubernetes;

/* What plugin.json says of a rule. */
static pl_node pl_described(const pl_rule *rule) {
    pl_each (described, pl_get(pl_description, PL("rules")))
        if (pl_is(pl_get(described, PL("id")), pl_id(rule))) return described;
    return (pl_node){0};
}

/* What the code and plugin.json say differently: such a rule would find nothing and look as if all were well. */
static pl_text pl_disagrees(const pl_rule *rule) {
    bool set = pl_is(pl_get(pl_described(rule), PL("looksAt")), PL("set"));
    if (rule->check && rule->check_set) return PL("the code has both check and check_set, of which a rule has one");
    if (set && !rule->check_set) return PL("plugin.json says `\"looksAt\": \"set\"`, and the code has no check_set");
    if (!set && !rule->check) return PL("the code has no check, and plugin.json does not say `\"looksAt\": \"set\"`");
    return PL("");
}

/* Whether plugin.json has a rule look at an object. */
static bool pl_looks_at(const pl_rule *rule, pl_object object) {
    pl_node kinds = pl_get(pl_described(rule), PL("kinds"));
    if (pl_type_of(kinds) != PL_SEQUENCE) return true;
    pl_each (kind, kinds) {
        pl_text wanted = pl_string(kind), group = wanted;
        if (pl_same(wanted, PL("*")) || (pl_same(wanted, PL("@pods")) && pl_pod_count(object))) return true;
        while (group.length && group.at[group.length - 1] != '/') group.length--;
        pl_text name = {wanted.at + group.length, wanted.length - group.length};
        bool of_group = !group.length || pl_same((pl_text){group.at, group.length - 1}, pl_group(object));
        if (of_group && pl_same(name, pl_kind(object))) return true;
    }
    return false;
}

static pl_object *pl_objects(const uint8_t *tape, uint32_t size, uint32_t *count) {
    const uint32_t *words = (const uint32_t *)(const void *)tape;
    pl_need(size >= 16 && words[0] == 0x6D696C70 && words[1] == 1 && words[2] <= size / 32);
    *count = words[2];
    pl_object *objects = pl_alloc(*count * sizeof *objects);
    pl_chunk *chunks = pl_alloc(*count * sizeof *chunks);
    uint64_t at = 16;
    for (uint32_t i = 0; i < *count; i++) {
        pl_need(at + 32 <= size);
        words = (const uint32_t *)(const void *)(tape + at);
        uint32_t nodes = words[1], symbols = words[2], pods = words[3], length = words[4];
        uint64_t begin = 32 + 16 * (uint64_t)nodes, text = begin + 8 * (uint64_t)symbols + 8 * (uint64_t)pods;
        pl_need(words[0] % 8 == 0 && words[0] <= size - at && nodes > 0 && text + length <= words[0]);
        const uint8_t *chunk = tape + at;
        chunks[i] = (pl_chunk){
            (const pl_entry *)(const void *)(chunk + 32), (const uint64_t *)(const void *)(chunk + begin),
            (const uint32_t *)(const void *)(chunk + begin + 8 * symbols), (const char *)chunk + text,
            nodes, symbols, pods, length, {0, 0},
        };
        chunks[i].file = pl_text_in(chunks + i, (uint64_t)words[6] << 32 | words[5]);
        objects[i] = (pl_object){chunks + i, i, 0, 0, {0, 0}};
        at += words[0];
    }
    return objects;
}

static pl_result *pl_answer(bool is_error, const void *list, uint32_t count) {
    pl_result *result = pl_alloc(sizeof *result);
    *result = (pl_result){is_error, list, count};
    return result;
}

static pl_result *pl_ask(const uint8_t *tape, uint32_t size, bool set) {
    if (!pl_wanted) return pl_answer(true, "`check` was called before `configure`", 37);
    uint32_t count;
    pl_object *objects = pl_objects(tape, size, &count);
    pl_report report = {.kubernetes = pl_kubernetes};
    for (uint32_t r = 0; r < pl_rule_count && set; r++) {
        if (!pl_wanted[r] || !pl_rules[r].check_set) continue;
        pl_object *looked_at = pl_alloc(count * sizeof *looked_at);
        uint32_t some = 0;
        for (uint32_t i = 0; i < count; i++)
            if (pl_looks_at(pl_rules + r, objects[i])) looked_at[some++] = objects[i];
        report.rule = pl_id(pl_rules + r);
        pl_rules[r].check_set(looked_at, some, &report);
    }
    for (uint32_t i = 0; i < count && !set; i++)
        for (uint32_t r = 0; r < pl_rule_count; r++) {
            if (!pl_wanted[r] || !pl_rules[r].check || !pl_looks_at(pl_rules + r, objects[i])) continue;
            report.rule = pl_id(pl_rules + r);
            pl_rules[r].check(objects[i], &report);
        }
    return pl_answer(false, report.findings, report.count);
}

#define PL_EXPORT(name) __attribute__((export_name(name), used))
#define PL_INTERFACE "plimsoll:policy/rules@1.0.0#"

PL_EXPORT("cabi_realloc") void *pl_realloc(void *old, size_t old_size, size_t align, size_t size) {
    (void)align;
    return memcpy(pl_alloc(size), old, old_size < size ? old_size : size);
}

PL_EXPORT(PL_INTERFACE "describe") pl_text *pl_describe(void) {
    pl_text *text = pl_alloc(sizeof *text);
    *text = (pl_text){PL_DESCRIPTION, sizeof PL_DESCRIPTION};
    return text;
}

PL_EXPORT(PL_INTERFACE "configure") pl_result *pl_configure(const char *config, uint32_t size) {
    pl_description = pl_parse((pl_text){PL_DESCRIPTION, sizeof PL_DESCRIPTION});
    pl_node asked = pl_parse((pl_text){config, size});
    pl_text version = pl_string(pl_get(asked, PL("kubernetes")));
    for (uint32_t i = 2; i < version.length && version.at[i] >= '0' && version.at[i] <= '9'; i++)
        pl_kubernetes = 10 * pl_kubernetes + (uint32_t)(version.at[i] - '0');
    pl_problems problems = {0};
    pl_wanted = memset(pl_alloc(pl_rule_count), 0, pl_rule_count);
    for (uint32_t r = 0; r < pl_rule_count; r++) {
        pl_text id = pl_id(pl_rules + r);
        pl_each (named, pl_get(asked, PL("rules"))) pl_wanted[r] |= pl_is(named, id);
        pl_node parameters = pl_get(pl_get(asked, PL("parameters")), id);
        problems.below = pl_join(PL("/parameters/"), id);
        pl_text disagrees = pl_wanted[r] ? pl_disagrees(pl_rules + r) : PL("");
        if (disagrees.length)
            pl_problem(&problems, PL(""), disagrees);
        else if (pl_wanted[r] && pl_rules[r].configure)
            pl_rules[r].configure(parameters, &problems);
        else if (pl_wanted[r] && pl_type_of(parameters) != PL_MISSING)
            pl_problem(&problems, PL(""), PL("this rule has no parameters; remove them"));
    }
    /* A rule that only plugin.json knows would find nothing and look as if all were well. */
    pl_each (named, pl_get(asked, PL("rules"))) {
        bool known = false;
        for (uint32_t r = 0; r < pl_rule_count; r++) known |= pl_is(named, pl_id(pl_rules + r));
        problems.below = pl_join(PL("/parameters/"), pl_string(named));
        if (!known) pl_problem(&problems, PL(""), PL("plugin.json has this rule, and the code has none of that name"));
    }
    return pl_answer(problems.count > 0, problems.problems, problems.count);
}

PL_EXPORT(PL_INTERFACE "check") pl_result *pl_check(const uint8_t *tape, uint32_t size) {
    return pl_ask(tape, size, false);
}
PL_EXPORT(PL_INTERFACE "check-set") pl_result *pl_check_set(const uint8_t *tape, uint32_t size) {
    return pl_ask(tape, size, true);
}

/* The host has read an answer. What came to be in `configure` stays. */
PL_EXPORT("cabi_post_" PL_INTERFACE "configure") void pl_configure_read(pl_result *result) {
    (void)result;
    pl_kept = pl_unused;
}
PL_EXPORT("cabi_post_" PL_INTERFACE "check") void pl_check_read(pl_result *result) {
    (void)result;
    if (pl_kept) pl_unused = pl_kept;
}
PL_EXPORT("cabi_post_" PL_INTERFACE "check-set") void pl_check_set_read(pl_result *result) {
    (void)result;
    if (pl_kept) pl_unused = pl_kept;
}

#endif
