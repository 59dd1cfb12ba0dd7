/* Who owns a workload, and who pays for it: the policy that every folder beside this one writes in another language. */
/* In a repository of its own, the header lies beside this: `plimsoll plugin new --language c` puts it there. */
#include "../../../sdk/c/plimsoll.h"

#define OWNER "acme.example/owner"
#define COST_CENTRE "acme.example/cost-centre"

static void owner_missing(pl_object object, pl_report *report) {
    pl_node owner = pl_get(pl_labels(object), PL(OWNER));
    if (pl_string(owner).length) return;
    pl_text message = pl_join(pl_kind(object), PL(" \""), pl_name(object), PL("\" has no owner; add the label `" OWNER "`"));
    pl_finding *finding = pl_at(report, owner, message);
    for (uint32_t i = 0; i < pl_pod_count(object); i++) {
        pl_each (container, pl_get(pl_pod_at(object, i).spec, PL("containers"))) {
            pl_node image = pl_get(container, PL("image"));
            if (pl_string(image).length) pl_related(finding, image, pl_join(PL("nobody answers for "), pl_string(image)));
        }
    }
    for (uint32_t i = 0; i < pl_pod_count(object); i++) {
        pl_node labels = pl_get(pl_pod_at(object, i).metadata, PL("labels"));
        pl_text of_pod = pl_string(pl_get(labels, PL(OWNER)));
        if (of_pod.length) {
            pl_set_string(finding, owner, of_pod);
            break;
        }
    }
}

/* The cost centres that finance knows; nothing is found without any. */
static pl_node allowed;

static void read_cost_centres(pl_node parameters, pl_problems *problems) {
    pl_each (entry, parameters) {
        if (!pl_same(pl_key(entry), PL("allowed"))) {
            pl_text pointer = pl_join(PL("/"), pl_key(entry));
            pl_problem(problems, pointer, pl_join(PL("unknown field `"), pl_key(entry), PL("`, expected `allowed`")));
            return;
        }
        allowed = entry;
        pl_text wrong = pl_type_of(allowed) == PL_SEQUENCE ? PL("") : PL("/allowed");
        int64_t position = 0;
        pl_each (item, allowed) {
            if (!wrong.length && pl_type_of(item) != PL_STRING) wrong = pl_join(PL("/allowed/"), pl_decimal(position));
            position++;
        }
        if (wrong.length) pl_problem(problems, wrong, PL("write a list of cost centres, each as text"));
    }
}

static void cost_centre_unknown(pl_object object, pl_report *report) {
    pl_node label = pl_get(pl_labels(object), PL(COST_CENTRE));
    pl_text value = pl_string(label), list = PL("");
    pl_each (known, allowed) {
        if (pl_is(known, value)) return;
        list = pl_join(list, list.length ? PL(", ") : PL(""), pl_string(known));
    }
    if (!list.length) return;
    pl_text wrong = value.length
        ? pl_join(PL("finance does not know the cost centre \""), value, PL("\""))
        : pl_join(pl_kind(object), PL(" \""), pl_name(object), PL("\" has no cost centre"));
    pl_at(report, label, pl_join(wrong, PL("; set the label `" COST_CENTRE "` to one of "), list));
}

PL_PLUGIN(
    {.id = "cost-centre-unknown", .check = cost_centre_unknown, .configure = read_cost_centres},
    {.id = "owner-missing", .check = owner_missing},
)
