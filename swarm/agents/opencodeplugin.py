"""Our plugin for opencode, in JavaScript: written beside the attempt's settings, loaded by opencode's own program.

Where $SWARM_TOOLS is set, each step waits for `swarm permission step opencode`.  After each tool it runs `swarm hook
opencode` and lays what that prints behind the tool's output.  Where the service refuses, opencode tries again silently
and without end: each such try is printed as a line `{"type": "retry"}` of the stream, and the turn is ended after
`MOST_TRIES` of them.
"""

from __future__ import annotations

from swarm.agents.ourgate import ASK

MOST_TRIES = 3

TOOLS = "SWARM_TOOLS"
"""The variable with what its configuration is to permit once the plugin stands before each step."""

PLUGIN = ASK + """\
import { spawnSync } from "node:child_process"

const own = ["-P", "-m", "swarm", "hook", "opencode"]
const tools = process.env.TOOLS

// What the user's own configuration denies stays denied; what it would ask, the gate asks.
const laid = (ours, theirs) => {
  const found = { ...ours }
  for (const [name, rule] of Object.entries(typeof theirs === "object" ? theirs : {})) {
    if (name === "*" || (ours[name] ?? ours["*"]) !== "allow") continue
    if (rule === "deny") found[name] = rule
    if (typeof rule !== "object" || !Object.values(rule).includes("deny")) continue
    const plain = ([key, value]) => [key, value === "deny" ? value : "allow"]
    found[name] = Object.fromEntries(Object.entries(rule).map(plain))
  }
  return found
}

export const Swarm = async ({ client }) => ({
  config: async (config) => {
    if (tools) config.permission = laid(JSON.parse(tools), config.permission)
  },
  "tool.execute.before": async (input, output) => {
    const refused = tools ? await refusal("opencode", input.tool, output.args) : undefined
    if (refused !== undefined) throw new Error(refused)
  },
  "tool.execute.after": async (input, output) => {
    const event = JSON.stringify({ hook_event_name: "tool.execute.after", tool_name: input.tool })
    const found = spawnSync(process.env.SWARM_PYTHON, own, { input: event, encoding: "utf8" })
    if (found.status === 0 && found.stdout) output.output = `${output.output ?? ""}\\n\\n${found.stdout}`
  },
  event: async ({ event }) => {
    const status = event.type === "session.status" ? event.properties.status : undefined
    if (status?.type !== "retry") return
    const { sessionID } = event.properties
    const { attempt, message } = status
    process.stdout.write(JSON.stringify({ type: "retry", sessionID, attempt, message }) + "\\n")
    if (attempt >= MOST_TRIES) await client.session.abort({ path: { id: sessionID } })
  },
})
""".replace("MOST_TRIES", str(MOST_TRIES)).replace("env.TOOLS", f"env.{TOOLS}")
