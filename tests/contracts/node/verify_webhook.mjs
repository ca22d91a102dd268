// Reads {secret, headers, body} from standard input; writes whether npm's standardwebhooks accepts them, as JSON.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
try {
  new Webhook(secret).verify(body, headers);
  console.log(JSON.stringify({ verified: true }));
} catch (error) {
  console.log(JSON.stringify({ verified: false, reason: error.message }));
}
