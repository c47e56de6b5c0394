/* Draws what `components/static_html.py` wrote: one component of Dash with any number of elements. */
cnc.define("StaticHtml", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  /* The way from an element down to the one with the keyboard, as positions among siblings; null if that is elsewhere. */
  function wayToFocus(place) {
    let element = dom.focused();
    if (!place || !element || element === place || !place.contains(element)) return null;
    const way = [];
    for (; element !== place; element = element.parentElement) {
      way.unshift(Array.prototype.indexOf.call(element.parentElement.children, element));
    }
    return way;
  }

  function follow(place, way) {
    let element = place;
    for (const position of way) element = element && element.children[position];
    if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  }

  /* Links within the dashboard, as those of Dash. */
  document.addEventListener("click", function (event) {
    const link = dom.closest(event, "a[data-route]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    libraries.go(link.getAttribute("href"));
  });

  /* What had the keyboard keeps it when other HTML takes the place. */
  return function StaticHtml(props) {
    const react = window.React;
    const place = react.useRef(null);
    const way = wayToFocus(place.current);
    react.useLayoutEffect(() => (way ? follow(place.current, way) : undefined), [props.html]);
    const drawn = { ref: place, dangerouslySetInnerHTML: { __html: props.html } };
    return libraries.element(props.tag, Object.assign({}, props.attributes, drawn));
  };
});
