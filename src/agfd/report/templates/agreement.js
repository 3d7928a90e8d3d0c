"use strict";
globalThis.agfd ??= {};
agfd.agreement = (data) => agfd.el("pre", {}, JSON.stringify(data, null, 2));
