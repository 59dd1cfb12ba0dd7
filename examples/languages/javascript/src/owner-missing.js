// acme-labels/owner-missing

import { Edit } from "./plimsoll.js";

const OWNER = "acme.example/owner";

/** @type {import("./plimsoll.js").Check} */
export function check(object, report) {
  const owner = object.labels.get(OWNER);
  if (owner.string) return;
  const finding = report.at(owner, `${object.kind} "${object.name}" has no owner; add the label \`${OWNER}\``);
  for (const container of object.pods.flatMap((pod) => pod.containers)) {
    const image = container.get("image");
    if (image.string) finding.related(image, `nobody answers for ${image.string}`);
  }
  const ofPods = object.pods.map((pod) => pod.labels.get(OWNER).string).find((owner) => owner);
  if (ofPods) finding.fix(Edit.set(owner, ofPods));
}
