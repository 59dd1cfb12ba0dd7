// acme-labels/cost-centre-unknown

import { Problem } from "./plimsoll.js";

const COST_CENTRE = "acme.example/cost-centre";

/** Those that finance knows; nothing is found without any. @param {any} given @returns {string[]} */
export function parameters(given = {}) {
  const { allowed = [], ...odd } = given;
  const [key] = Object.keys(odd);
  if (key !== undefined) throw new Problem(`/${key}`, `unknown field \`${key}\`, expected \`allowed\``);
  if (!Array.isArray(allowed) || allowed.some((one) => typeof one !== "string")) {
    throw new Problem("/allowed", "write a list of cost centres, each as text");
  }
  return allowed;
}

/** @type {import("./plimsoll.js").Check} */
export function check(object, report) {
  /** @type {string[]} */
  const allowed = report.parameters;
  const label = object.labels.get(COST_CENTRE);
  if (allowed.length === 0 || allowed.includes(label.string)) return;
  const wrong = label.string
    ? `finance does not know the cost centre "${label.string}"`
    : `${object.kind} "${object.name}" has no cost centre`;
  report.at(label, `${wrong}; set the label \`${COST_CENTRE}\` to one of ${allowed.join(", ")}`);
}
