// xterm.js writes styles as text of the page, which the page's policy forbids to everybody. Here its <style> elements
// get the policy's nonce, and its style attributes are set by the style object, which needs no leave.
const nonce = document.body.dataset.styleNonce;

const create = document.createElement.bind(document);
document.createElement = (name, options) => {
  const element = create(name, options);
  if (name === "style") element.nonce = nonce;
  if (name === "span") {
    element.setAttribute = (attribute, value) => {
      if (attribute === "style") element.style.cssText = value;
      else Element.prototype.setAttribute.call(element, attribute, value);
    };
  }
  return element;
};
