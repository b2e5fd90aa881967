import "./htmx.js";
import "./signed_out.js";
import "./keyboard.js";
import "./forms.js";
import "./ticks.js";
import "./panels.js";
import "./offline.js";
import "./observe.js";
