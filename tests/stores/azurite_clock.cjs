// Azurite's clock is ahead by as many seconds as the last line on standard input says; it ends when that does.
// Unlike Azure, Azurite takes requests signed at any time: here they are refused as Azure documents it.
"use strict";

const http = require("node:http");
const SystemDate = Date;
const SKEW = 15 * 60 * 1000;
let ahead = 0;

globalThis.Date = class Date extends SystemDate {
  constructor(...given) {
    super(...(given.length ? given : [SystemDate.now() + ahead]));
  }

  static now() {
    return SystemDate.now() + ahead;
  }
};

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, response, ...rest) {
  const headers = event === "request" ? request.headers : {};
  const signed = headers["x-ms-date"] ?? headers.date;
  if (!headers.authorization || Math.abs(Date.now() - SystemDate.parse(signed)) <= SKEW) {
    return emit.call(this, event, request, response, ...rest);
  }
  response.writeHead(403, { "Content-Type": "application/xml", "x-ms-error-code": "AuthenticationFailed" });
  response.end(
    '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to ' +
      "authenticate the request.</Message><AuthenticationErrorDetail>Request date header too old: " +
      `'${signed}'</AuthenticationErrorDetail></Error>`,
  );
  return true;
};

const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  ahead = 1000 * Number(line);
  process.stdout.write("set\n");
});
lines.on("close", () => process.exit(0));
