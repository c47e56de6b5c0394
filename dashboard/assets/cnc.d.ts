/* Types of the browser code's modules, for `tsc`; nothing of this reaches a browser. */

/** A model's id, a number written as text. */
type Id = string;
type Query = Record<string, string>;
type Point = { x: number; y: number };
type Json = any; // documents of the server, described by the Python that writes them

interface Libraries {
  setProps(id: string | object, props: object): void;
  unchanged(): unknown;
  context(): { triggered: { prop_id: string; value: Json }[]; triggered_id: Json };
  isKnown(id: string | object): boolean;
  value(id: string, property: string): Json;
  go(href: string): void;
  element(kind: unknown, props?: object | null, ...children: unknown[]): unknown;
  grid(id: string | object): Json | null;
  whenGrid(id: string | object, action: (api: Json) => void, tries?: number): void;
  cytoscape(id: string): Json | null;
  plotFrame(plot: HTMLElement | null): PlotFrame | null;
  pointLayers(plot: HTMLElement, meta: string): Iterable<Element>;
}

interface PlotFrame {
  inner: { left: number; top: number; width: number; height: number };
  width: number;
  height: number;
  xaxis: PlotAxis;
  yaxis: PlotAxis;
}

interface PlotAxis {
  type: string;
  range: [number, number];
  autorange: boolean;
}

interface Dom {
  closest(event: Event, selector: string): HTMLElement | null;
  target(event: Event): HTMLElement | null;
  focused(): HTMLElement | null;
}

/** What a view of models does when the selection, the hovered model or the hidden models change. */
interface SelectionView {
  select?(ids: Set<Id>): void;
  hover?(id: Id | null, place: Point | null): void;
  hide?(ids: Set<Id>): void;
}

interface Selection {
  views: Record<string, SelectionView>;
  set(ids: Id[], origin: string): void;
  toggle(id: Id, additive: boolean, origin: string): void;
  hide(ids: Id[]): void;
  hidden(): Set<Id>;
  hover(id: Id | null, place?: Point): void;
  selected(): Set<Id>;
  hovered(): Id | null;
}

interface Live {
  want(name: string, params: object, root: string | null, draw: (value: Json) => void): void;
  drop(name: string): void;
  put(id: string | object, props: object): void;
  again(name: string): void;
  refresh(): unknown;
  part(name: string): { params: Json } | undefined;
  applied(value: Json, delta: Json): Json;
}

/** A column and row of the map in which a node or a fold stands. */
type MapItem = Json;
type Gap = Json;

interface MapState {
  scene: Json | null;
  shown: Json | null;
  cy: Json | null;
  gap: Gap | null;
  moved: boolean;
  near: boolean;
  adopting: boolean;
  adding: boolean;
  painted: boolean;
  parents: Map<Id, Id | null>;
  rooms: Map<Id, number>;
  scale: number;
  tips: Map<Id, string>;
}

interface Modules {
  StaticHtml(props: { tag: string; attributes: object; html: string }): unknown;
  libraries: Libraries;
  dom: Dom;
  selection: Selection;
  live: Live;
  palette: Record<string, never>;
  recipeLibrary: Record<string, never>;
  uploads: { follow(values: Json[], ids: Json[]): void };
  instanceLinks: { late(place: Element): boolean; rebased(made: Query, wanted: Query, now: Query): Query };
  overviewAddress: { writeIds(ids: Iterable<Id | number>): string; written(path: string, parts: string[]): string };
  history: { keep(state: Json, address: string): void };
  runWords: Record<"duration" | "seconds" | "clock" | "progressText" | "modelText", (value: Json) => Json>;
  queueRows: { fit(api: Json, run: Id | null): void };
  plotly: { ready(): Promise<Json> };
  rings: {
    draw(plot: HTMLElement, trace: Json, indices: number[], dim: boolean): void;
    place(plot: HTMLElement, trace: Json, index: number): Point;
    drawn(): Id[];
  };
  scatterFrame: { draw(figure: Json): void; graph(): Json | null; wanted(): Json | null };
  scatter: { attach(plot: Json): void };
  geometry: Record<
    "gaps" | "place" | "rooms" | "nodeScale" | "drawn" | "fitted" | "around" | "inside" | "astray",
    (...args: Json[]) => Json
  >;
  folds: { state: { scene: Json; byId: Map<Id, Json>; children: Map<Id, Json[]>; foldOf: Map<Id, string> } } & Record<
    "adopt" | "arrange" | "reset" | "openAll" | "open" | "openBelow" | "closeBelow" | "reveal" | "stand" | "within",
    (...args: Json[]) => Json
  >;
  foldLook(item: MapItem, missing: string): Json;
  headings: { draw(shown: Json, gap: Gap): void; follow(): void; mark(id: Id | null): void };
  strip: { follow(): void };
  mapSearch: { mount(): void };
  mapTree: { draw(scene: Json): void };
  mapView: Record<"afterPaint" | "anchored" | "hold" | "fit" | "zoomBy" | "keep" | "flyTo", (...args: Json[]) => Json>;
  layersModel: Record<string, Json>;
  layersWords: Record<string, Json>;
  layersDrawing: Record<string, Json>;
  layersTable: Record<string, Json>;
  layersGrown: Record<string, Json>;
  layersFilter: Record<string, Json>;
  layersDepth: Record<string, Json>;
  layersAddress: Record<string, Json>;
  layersKeys: Record<string, Json>;
  layersChosen: Record<string, Json>;
  layersToolbar: Record<string, Json>;
  layersInside: Record<string, Json>;
  layersPage: Record<string, Json>;
  map: { state: MapState; boxMode(on: boolean): void; change(act: () => void, id?: Id): void; spread(): void };
}

type Name = keyof Modules;
type Needed<Needs extends readonly Name[]> = { [Place in keyof Needs]: Modules[Needs[Place]] };

interface Registry {
  define<Own extends string, const Needs extends readonly Name[]>(
    name: Own,
    needs: Needs,
    make: (...needed: Needed<Needs>) => Own extends Name ? Modules[Own] : void,
  ): void;
  callbacks(namespace: string, functions: Record<string, (...args: Json[]) => unknown>): void;
  gridFunctions(functions: Record<string, (...args: Json[]) => unknown>): void;
  mantineFunctions(functions: Record<string, (...args: Json[]) => unknown>): void;
  gridCells(cells: Record<string, (props: Json) => unknown>): void;
}

declare global {
  var cnc: Registry & Modules;

  interface Window {
    dash_clientside: Json;
    dash_component_api: Json;
    dash_ag_grid: Json;
    dash_cytoscape: Json;
    dashAgGridFunctions: Json;
    dashAgGridComponentFunctions: Json;
    dashMantineFunctions: Json;
    React: Json;
    Plotly: Json;
  }

  // This code asks for HTML by selectors, and for SVG never.
  interface ParentNode {
    querySelector(selectors: string): HTMLElement | null;
    querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
  }

  interface Element {
    closest(selectors: string): HTMLElement | null;
  }

  interface HTMLElement {
    _cyreg?: { cy: Json };
    _fullLayout?: Json;
    _fullData?: Json[];
  }
}
export {};
