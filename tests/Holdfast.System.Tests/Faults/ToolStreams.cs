namespace Holdfast.System.Tests.Faults;

/// <summary>Two calls whose arguments come in turns, as they are drawn.</summary>
internal static class ToolStreams
{
    /// <summary>By index: the name, and the arguments in their pieces.</summary>
    public static readonly (string Name, string[] Arguments)[] Calls =
    [
        ("weather", ["{\"city\":", "\"Köln\"", ",\"days\":", "3}"]), ("time", ["{\"zone\"", ":\"CET", "\"}"]),
    ];

    /// <summary>The stream, or the rest of one that has begun.</summary>
    public static async Task MixedAsync(ProviderTurn turn)
    {
        var isOpenAi = turn.Voice == ProviderVoice.OpenAi;
        if (turn.Run.Sent == "")
        {
            // Of Anthropic's opening the message's start, and no block of text.
            var opening = turn.Voice.Opening;
            await turn.HeadAsync();
            await turn.EventAsync(opening[..(opening.AsSpan().IndexOf("\n\n"u8) + 2)]);
        }

        var next = new int[Calls.Length];
        // The second call begins first.
        await BeginAsync(turn, isOpenAi, 1);
        await BeginAsync(turn, isOpenAi, 0);
        while (Calls.Index().Any(call => next[call.Index] < call.Item.Arguments.Length))
        {
            var index = turn.Random.Next(Calls.Length);
            if (next[index] < Calls[index].Arguments.Length)
            {
                await ArgumentsAsync(turn, isOpenAi, index, Calls[index].Arguments[next[index]++]);
            }
        }

        await EndAsync(turn, isOpenAi);
        await turn.EndAsync();
    }

    private static Task BeginAsync(ProviderTurn turn, bool isOpenAi, int index) => turn.EventAsync(ProviderVoice.Text(
        isOpenAi
            ? ProviderVoice.OpenAiChunk($$"""
                {"tool_calls":[{"index":{{index}},"id":"call_{{index}}","type":"function","function":{"name":"{{Calls[index].Name}}","arguments":""} } ]}
                """.Trim())
            : ProviderVoice.Named("content_block_start", $$"""
                {"type":"content_block_start","index":{{index}},"content_block":{"type":"tool_use","id":"toolu_{{index}}",
                "name":"{{Calls[index].Name}}","input":{} } }
                """)));

    private static Task ArgumentsAsync(ProviderTurn turn, bool isOpenAi, int index, string piece)
    {
        var text = piece.Replace("\"", "\\\"", StringComparison.Ordinal);
        return turn.EventAsync(ProviderVoice.Text(isOpenAi
            ? ProviderVoice.OpenAiChunk(
                $$"""{"tool_calls":[{"index":{{index}},"function":{"arguments":"{{text}}"} } ]}""")
            : ProviderVoice.Named("content_block_delta", $$"""
                {"type":"content_block_delta","index":{{index}},
                "delta":{"type":"input_json_delta","partial_json":"{{text}}"} }
                """)));
    }

    private static Task EndAsync(ProviderTurn turn, bool isOpenAi) => turn.EventAsync(ProviderVoice.Text(isOpenAi
        ? ProviderVoice.OpenAiChunk("{}", "\"tool_calls\"") + "data: [DONE]\n\n"
        : string.Concat(Calls.Select((_, index) => ProviderVoice.Named(
            "content_block_stop", $$"""{"type":"content_block_stop","index":{{index}}}""")))
            + ProviderVoice.Named("message_delta", """
                {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},
                "usage":{"output_tokens":8}}
                """) + ProviderVoice.Named("message_stop", """{"type":"message_stop"}""")));
}
