// acme-labels/cost-centre-unknown

import { Problem } from "./plimsoll.js";

const COST_CENTRE = "acme.example/cost-centre";

/** Those that finance knows; nothing is found without any. @param {any} given @returns {string[]} */
export function parameters(given = {}) {
  const { allowed = [], ...others } = given;
  const [key] = Object.keys(others);
  if (key !== undefined) throw new Problem(`/${key}`, `unknown field \`${key}\`, expected \`allowed\``);
  /** @param {string} pointer */
  const wrong = (pointer) => new Problem(pointer, "write a list of cost centres, each as text");
  if (!Array.isArray(allowed)) throw wrong("/allowed");
  const odd = allowed.findIndex((one) => typeof one !== "string");
  if (odd >= 0) throw wrong(`/allowed/${odd}`);
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
