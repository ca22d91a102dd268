// Reads an AsyncAPI document from standard input; writes what the official parser says of it, as JSON.
import { readFileSync } from "node:fs";
import asyncapi from "@asyncapi/parser";

const { document, diagnostics } = await new asyncapi.Parser().parse(readFileSync(0, "utf8"));
const said = diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path: path.join("/") }));
console.log(JSON.stringify({ version: document?.version(), messages: document?.allMessages().length ?? 0, said }));
