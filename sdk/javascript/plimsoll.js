// What a plugin in JavaScript sees of Plimsoll: objects as nodes that know where they stand, and a report that takes findings. The names are
// those of the SDK for Rust. An editor reads the types in the comments; jsconfig.json asks it to check them.

/** An address in an object and the value there, if there is one. A step that leads nowhere is no error: the node is then missing, knows its
 * address all the same, and a finding on it is shown at the nearest ancestor that exists. */
export class Node {
  #parent;
  #owner;

  /**
   * @param {unknown} value
   * @param {Node | undefined} parent
   * @param {string | number} key
   * @param {number} owner the position of the object in the call
   */
  constructor(value, parent, key, owner) {
    /** The value as JSON has it; undefined where nothing is written. Whole numbers beyond 2^53 lose their last digits. */
    this.value = value;
    /** The key or the position under which it stands. */
    this.key = key;
    this.#parent = parent;
    this.#owner = owner;
  }

  /** The value under a key. @param {string} key @returns {Node} */
  get(key) {
    const { value } = this;
    const there = isMapping(value) && Object.hasOwn(value, key);
    return new Node(there ? value[key] : undefined, this, key, this.#owner);
  }

  /** The value at the end of several keys. @param {string[]} keys @returns {Node} */
  at(...keys) {
    return keys.reduce((node, key) => node.get(key), /** @type {Node} */ (this));
  }

  /** The items of a sequence; none if it is not one. @returns {Node[]} */
  items() {
    const { value } = this;
    return Array.isArray(value) ? value.map((item, position) => new Node(item, this, position, this.#owner)) : [];
  }

  /** The entries of a mapping with their keys; none if it is not one. Keys that are whole numbers come first. @returns {[string, Node][]} */
  entries() {
    const { value } = this;
    return isMapping(value) ? Object.keys(value).map((key) => [key, this.get(key)]) : [];
  }

  /** Whether nothing is written at this address, not even `null`. */
  get isMissing() {
    return this.value === undefined;
  }

  /** Whether a value is there that Kubernetes would take notice of: anything but nothing and `null`. */
  get isSet() {
    return this.value !== undefined && this.value !== null;
  }

  /** The text, or nothing where it is no string. */
  get string() {
    return typeof this.value === "string" ? this.value : "";
  }

  /** What it stands in; the object itself for the object. @returns {Node} */
  get parent() {
    return this.#parent ?? this;
  }

  /** Where it stands in its object, as an RFC 6901 pointer. @returns {string} */
  get pointer() {
    if (this.#parent === undefined) return "";
    return `${this.#parent.pointer}/${String(this.key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
  }

  /** The address as the interface has it. */
  get place() {
    return { object: this.#owner, node: 0, path: this.pointer };
  }
}

/** One Kubernetes object. */
export class KubernetesObject extends Node {
  #pods;

  /** @param {Given} given @param {number} position */
  constructor(given, position) {
    super(given.object, undefined, "", position);
    /** The path of the source, relative to the root of the repository. */
    this.file = given.file;
    this.#pods = given.pods;
  }

  /** `apps/v1`; empty where it is missing. */
  get apiVersion() {
    return this.get("apiVersion").string;
  }

  /** The API group: `apps`; empty for the core group. */
  get group() {
    return this.apiVersion.includes("/") ? this.apiVersion.slice(0, this.apiVersion.lastIndexOf("/")) : "";
  }

  /** `Deployment`. */
  get kind() {
    return this.get("kind").string;
  }

  /** The object's name; empty where it is missing. */
  get name() {
    return this.at("metadata", "name").string;
  }

  /** The object's namespace; empty where it has none. */
  get namespace() {
    return this.at("metadata", "namespace").string;
  }

  /** `metadata.labels`. */
  get labels() {
    return this.at("metadata", "labels");
  }

  /** `metadata.annotations`. */
  get annotations() {
    return this.at("metadata", "annotations");
  }

  /** The object's pods: one for most kinds that carry any, several for some custom kinds. @returns {Pod[]} */
  get pods() {
    return this.#pods.map((pod) => new Pod(this.#find(pod.spec), pod.metadata === null ? undefined : this.#find(pod.metadata)));
  }

  /** Whether a rule that asks for these kinds looks at the object. @param {string[]} kinds */
  answers(kinds) {
    return kinds.some((wanted) => {
      if (wanted === "*") return true;
      if (wanted === "@pods") return this.#pods.length > 0;
      const slash = wanted.lastIndexOf("/");
      return this.kind === wanted.slice(slash + 1) && (slash < 0 || this.group === wanted.slice(0, slash));
    });
  }

  /** @param {string} pointer of something that is there @returns {Node} */
  #find(pointer) {
    const steps = pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    return steps.reduce((node, step) => (Array.isArray(node.value) ? node.items()[Number(step)] : node.get(step)), /** @type {Node} */ (this));
  }
}

/** The pod template of an object, or a `Pod` itself. */
export class Pod {
  /** @param {Node} spec @param {Node | undefined} metadata */
  constructor(spec, metadata) {
    this.spec = spec;
    this.metadata = metadata ?? spec.parent.get("metadata");
  }

  /** The labels of the pod. */
  get labels() {
    return this.metadata.get("labels");
  }

  /** The main containers. */
  get containers() {
    return this.spec.get("containers").items();
  }

  /** Every container: init containers and sidecars, then the main ones, then ephemeral ones. */
  get allContainers() {
    return [...this.spec.get("initContainers").items(), ...this.containers, ...this.spec.get("ephemeralContainers").items()];
  }
}

/** One change to a manifest. */
export const Edit = {
  /** Writes a value at the node, with all that is missing on the way to it. @param {Node} node @param {unknown} value */
  set: (node, value) => ({ at: node.place, action: "set", value: JSON.stringify(value) }),
  /** Removes the node: the key with its value, or the item. @param {Node} node */
  remove: (node) => ({ at: node.place, action: "remove", value: "" }),
  /** Gives the key of the node another name. @param {Node} node @param {string} key */
  rename: (node, key) => ({ at: node.place, action: "rename", value: key }),
};

/** What a rule says about a place. */
export class Finding {
  #said;

  /** @param {Said} said */
  constructor(said) {
    this.#said = said;
  }

  /** Adds a place that helps to understand the finding. @param {Node} node @param {string} message */
  related(node, message) {
    this.#said.related.push({ at: node.place, message });
    return this;
  }

  /** Adds an edit to the fix of this finding; all of its edits are made or none. @param {Change} edit */
  fix(edit) {
    this.#said.fix ??= { description: this.#said.message, edits: [] };
    this.#said.fix.edits.push(edit);
    return this;
  }
}

/** Collects what a rule finds. */
export class Report {
  #rule;
  #said;

  /** @param {string} rule @param {string} kubernetes @param {any} parameters @param {Said[]} said */
  constructor(rule, kubernetes, parameters, said) {
    this.#rule = rule;
    this.#said = said;
    /** The version of Kubernetes that the manifests are meant for, such as `1.37`. */
    this.kubernetes = kubernetes;
    /** What the rule's `parameters` made of the configuration. */
    this.parameters = parameters;
  }

  /** Says that something is wrong at a node, which need not exist. The message is for people: what is wrong here, and what to do.
   * @param {Node} node @param {string} message */
  at(node, message) {
    /** @type {Said} */
    const said = { rule: this.#rule, at: node.place, message, related: [], fix: null, properties: "" };
    this.#said.push(said);
    return new Finding(said);
  }
}

/** Thrown by a rule's `parameters`: what is wrong with them, and where. */
export class Problem extends Error {
  /** @param {string} pointer RFC 6901, into the parameters @param {string} message */
  constructor(pointer, message) {
    super(message);
    this.pointer = pointer;
  }
}

/**
 * @typedef {{ file: string, pods: { spec: string, metadata: string | null }[], object: unknown }} Given
 * @typedef {{ object: number, node: number, path: string }} Place
 * @typedef {{ at: Place, action: string, value: string }} Change
 * @typedef {{ at: Place, message: string }} Related
 * @typedef {{ description: string, edits: Change[] }} Fix
 * @typedef {{ rule: string, at: Place, message: string, related: Related[], fix: Fix | null, properties: string }} Said
 *
 * @typedef {(object: KubernetesObject, report: Report) => void} Check
 * @typedef {(objects: KubernetesObject[], report: Report) => void} CheckSet
 * @typedef {object} Rule The functions of a rule; what else there is to say of it stands in plugin.json.
 * @property {Check} [check] looks at one object
 * @property {CheckSet} [checkSet] looks at all objects that are applied together; plugin.json says `"looksAt": "set"` then
 * @property {(given: any) => any} [parameters] makes of the configuration, which is undefined where it says nothing, what `report.parameters`
 *   then is; throws a Problem if something is wrong with it
 */

/** A plugin with these rules, by id; the module that package.json names as `main` exports it. @param {Record<string, Rule>} rules */
export function plugin(rules) {
  return {
    /** What the interface asks for. `plimsoll plugin build` calls this with the text of plugin.json. @param {string} description */
    exports: (description) => exports(rules, description),
  };
}

/** @param {Record<string, Rule>} rules @param {string} description */
function exports(rules, description) {
  /** @type {{ id: string, kinds?: string[], looksAt?: string }[]} */
  const described = JSON.parse(description).rules;
  const ids = new Set(described.map(({ id }) => id));
  const silent = [...ids].find((id) => !Object.hasOwn(rules, id));
  if (silent !== undefined) throw new Error(`plugin.json has a rule \`${silent}\` that the plugin has no functions for`);
  const unknown = Object.keys(rules).find((id) => !ids.has(id));
  if (unknown !== undefined) throw new Error(`the plugin has a rule \`${unknown}\` of which plugin.json says nothing`);
  for (const { id, looksAt } of described) {
    const { check, checkSet } = /** @type {Rule} */ (rules[id]);
    if (check && checkSet) throw new Error(`the rule \`${id}\` has both check and checkSet, of which a rule has one`);
    if (looksAt === "set" && !checkSet) throw new Error(`plugin.json says "looksAt": "set" of the rule \`${id}\`, which has no checkSet`);
    if (looksAt !== "set" && !check) throw new Error(`the rule \`${id}\` has no check, and plugin.json does not say "looksAt": "set" of it`);
  }

  /** @type {{ id: string, kinds: string[], rule: Rule, parameters: any }[]} */
  let wanted = [];
  let kubernetes = "";

  return {
    describe: () => description,

    /** @param {string} text */
    configure(text) {
      const config = JSON.parse(text);
      const problems = [];
      kubernetes = config.kubernetes;
      wanted = [];
      for (const { id, kinds = ["*"] } of described) {
        if (!config.rules.includes(id)) continue;
        const rule = /** @type {Rule} */ (rules[id]);
        try {
          wanted.push({ id, kinds, rule, parameters: parameters(rule, config.parameters?.[id]) });
        } catch (error) {
          const [pointer, message] = error instanceof Problem ? [error.pointer, error.message] : ["", told(error)];
          problems.push({ pointer: `/parameters/${id}${pointer}`, message });
        }
      }
      if (problems.length > 0) throw problems;
    },

    /** @param {Uint8Array} bytes */
    check(bytes) {
      /** @type {Said[]} */
      const said = [];
      for (const object of read(bytes)) {
        for (const { id, kinds, rule, parameters } of wanted) {
          if (!rule.check || !object.answers(kinds)) continue;
          const report = new Report(id, kubernetes, parameters, said);
          run(id, () => rule.check?.(object, report));
        }
      }
      return said;
    },

    /** @param {Uint8Array} bytes */
    checkSet(bytes) {
      /** @type {Said[]} */
      const said = [];
      const objects = read(bytes);
      for (const { id, kinds, rule, parameters } of wanted) {
        const report = new Report(id, kubernetes, parameters, said);
        run(id, () => rule.checkSet?.(objects.filter((object) => object.answers(kinds)), report));
      }
      return said;
    },
  };
}

/** @param {Rule} rule @param {unknown} given */
function parameters(rule, given) {
  if (rule.parameters) return rule.parameters(given);
  if (given !== undefined) throw new Problem("", "this rule has no parameters; remove them");
}

/** @param {Uint8Array} bytes */
function read(bytes) {
  /** @type {Given[]} */
  const given = JSON.parse(text(bytes));
  return given.map((object, position) => new KubernetesObject(object, position));
}

/** Text from UTF-8: the interpreter has no TextDecoder, and a loop over every byte would cost more than the rules. @param {Uint8Array} bytes */
function text(bytes) {
  let text = "";
  for (let start = 0, end = 0; start < bytes.length; start = end) {
    end = start + 4096;
    // A letter of several bytes stays whole.
    while (((bytes[end] ?? 0) & 0xc0) === 0x80) end += 1;
    const part = /** @type {any} */ (bytes.subarray(start, end));
    const latin = String.fromCharCode.apply(null, part);
    // Every byte is a letter now; `escape` writes what is not ASCII as `%C3%A9`, which is then read as UTF-8.
    text += Math.max.apply(null, part) < 0x80 ? latin : decodeURIComponent(escape(latin));
  }
  return text;
}

/** Runs a rule; what it throws becomes the text of a fault. @param {string} id @param {() => void} rule */
function run(id, rule) {
  try {
    rule();
  } catch (error) {
    throw `rule ${id}: ${told(error)}`;
  }
}

/** What was thrown, and where. @param {unknown} error */
function told(error) {
  if (!(error instanceof Error)) return String(error);
  const [first = ""] = (error.stack ?? "").trim().split("\n");
  return `${error.name}: ${error.message}${first === "" ? "" : ` (${first.trim()})`}`;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isMapping(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
