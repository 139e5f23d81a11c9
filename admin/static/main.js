// The one script of the panel: tools/bundle.py makes a file of everything that is named here. A module that belongs to
// one page looks for its place in the page first and does nothing elsewhere.

import "./bulk.js";
import "./chart.js";
import "./forms.js";
import "./keys.js";
import "./lists.js";
import "./palette.js";
import "./panel.js";
import "./parts.js";
import "./side.js";
import "./upload.js";
