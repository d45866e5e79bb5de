"""Our plugin for opencode, in JavaScript: written beside the attempt's settings, loaded by opencode's own program.

After each tool it runs `swarm hook opencode` and lays what that prints behind the tool's output.  Where the service
refuses, opencode tries again silently and without end: each such try is printed as a line `{"type": "retry"}` of the
stream, and the turn is ended after `MOST_TRIES` of them.
"""

from __future__ import annotations

MOST_TRIES = 3

PLUGIN = """\
import { spawnSync } from "node:child_process"

const own = ["-P", "-m", "swarm", "hook", "opencode"]

export const Swarm = async ({ client }) => ({
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
""".replace("MOST_TRIES", str(MOST_TRIES))
