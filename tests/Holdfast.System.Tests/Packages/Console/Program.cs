using Holdfast.Extensions.AI;
using Microsoft.Extensions.AI;

using var client = HoldfastChatClient.Create(
    new ChatTarget("openai", new ScriptedClient(() => throw new HttpRequestException("connection refused"))),
    new ChatTarget("claude", new ScriptedClient(() => "Because every stone leans on the next.")));

var answer = await client.GetResponseAsync("Why do bridges stand?");

Console.WriteLine(answer.Text);
foreach (var attempt in answer.GetAttemptTrail()!)
    Console.WriteLine($"{attempt.Target}: {attempt.Outcome} {attempt.Message}");
