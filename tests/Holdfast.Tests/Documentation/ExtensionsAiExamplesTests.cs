using Holdfast.Execution;
using Holdfast.Extensions.AI;
using Holdfast.Retrying;
using Holdfast.Tests.ExtensionsAi;
using Holdfast.Timeouts;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Documentation;

/// <summary>The code of the README and of docs/features/ExtensionsAi.md.</summary>
public class ExtensionsAiExamplesTests
{
    [Fact]
    public async Task A_few_lines_fail_over_between_two_clients_and_print_the_trail()
    {
        var openai = ScriptedChatClient.Throws(new IOException("reset"));
        var claude = ScriptedChatClient.Says("They arch.");
        var text = new StringWriter();

        await PrintAsync(openai, claude, text);

        Assert.Equal("They arch.\nopenai: Refused: reset\nclaude: Ok: \n", text.ToString());
    }

    [Fact]
    public async Task One_client_is_protected_in_one_line()
    {
        using var client = Protect(ScriptedChatClient.Says("hello"), TextWriter.Null);

        Assert.Equal("hello", (await client.GetResponseAsync("hi")).Text);
    }

    private static async Task PrintAsync(IChatClient openai, IChatClient claude, TextWriter console)
    {
        #region ChatClients
        using var client = HoldfastChatClient.Create(
            new ChatTarget("openai", openai),
            new ChatTarget("claude", claude));
        try
        {
            var answer = await client.GetResponseAsync("Why do bridges stand?");
            console.Write($"{answer.Text}\n");
            foreach (var attempt in answer.GetAttemptTrail()!)
                console.Write($"{attempt.Target}: {attempt.Outcome}: {attempt.Message}\n");
        }
        catch (ResilienceException failed)
        {
            console.Write($"{failed.Code}: {failed.Attempts}\n");
        }
        #endregion
    }

    private static HoldfastChatClient Protect(IChatClient chatClient, TextWriter log)
    {
        #region OneChatClient
        var client = chatClient.WithHoldfast(new HoldfastOptions
        {
            Retry = new RetryOptions { MaxRetries = 2 },
            Timeouts = new TimeoutOptions { FirstToken = TimeSpan.FromSeconds(20), Call = TimeSpan.FromMinutes(1) },
            OnCompleted = trail => log.WriteLine(trail),
        });
        #endregion
        return client;
    }
}
