// Makes one tree of elements equal to another and touches only what differs, so that nothing flickers and a selection,
// an open tooltip or the scroll position survive. Elements with data-key keep their identity when the order changes.

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.dataset.key : undefined);

const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function patchAttributes(node, wanted) {
  for (const { name } of [...node.attributes]) {
    if (!wanted.hasAttribute(name)) node.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
}

function patchNode(node, wanted) {
  if (node.isEqualNode(wanted)) return;
  if (node.nodeType !== Node.ELEMENT_NODE) {
    node.nodeValue = wanted.nodeValue;
    return;
  }
  patchAttributes(node, wanted);
  patchChildren(node, wanted);
}

/** Give `parent` the children of `wanted`. Elements that are new carry the class "is-new". */
export function patchChildren(parent, wanted) {
  const known = new Map();
  for (const child of parent.children) {
    if (child.dataset.key) known.set(child.dataset.key, child);
  }
  let here = parent.firstChild;
  for (const child of [...wanted.childNodes]) {
    const key = keyOf(child);
    const match = key ? known.get(key) : here && !keyOf(here) && alike(here, child) ? here : null;
    if (match && alike(match, child)) {
      if (match === here) here = here.nextSibling;
      else parent.insertBefore(match, here);
      match.classList?.remove("is-new");
      patchNode(match, child);
    } else {
      if (key) child.classList.add("is-new");
      parent.insertBefore(child, here);
    }
  }
  while (here) {
    const next = here.nextSibling;
    here.remove();
    here = next;
  }
}
