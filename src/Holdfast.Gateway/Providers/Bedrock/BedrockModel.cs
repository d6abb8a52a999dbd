namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>Whose models Bedrock serves, as far as it makes a difference in what they take.</summary>
internal enum BedrockFamily
{
    Other,
    Anthropic,
    Nova,

    /// <summary>The second generation, which can think.</summary>
    Nova2,

    /// <summary>OpenAI's open models.</summary>
    GptOss,

    /// <summary>OpenAI's other models.</summary>
    Gpt,
    Kimi,
    Qwen,
}

/// <summary>
/// What a model's name tells: <c>anthropic.claude-…</c>, with a region before it or inside of the name of an inference
/// profile. A profile of one's own has a name that tells nothing.
/// </summary>
internal readonly record struct BedrockModel(BedrockFamily Family, string Name)
{
    private static readonly (string Mark, BedrockFamily Family)[] Families =
    [
        ("anthropic.", BedrockFamily.Anthropic), ("amazon.nova-2-", BedrockFamily.Nova2),
        ("amazon.nova-", BedrockFamily.Nova), ("openai.gpt-oss", BedrockFamily.GptOss),
        ("openai.", BedrockFamily.Gpt), ("moonshot.kimi", BedrockFamily.Kimi),
        ("moonshotai.kimi", BedrockFamily.Kimi), ("qwen.", BedrockFamily.Qwen),
    ];

    /// <summary>Whether it keeps the beginnings of requests that <c>cachePoint</c> marks.</summary>
    public bool Caches => Family is BedrockFamily.Anthropic or BedrockFamily.Nova or BedrockFamily.Nova2;

    public static BedrockModel Of(string id)
    {
        foreach (var (mark, family) in Families)
        {
            var at = id.IndexOf(mark, StringComparison.Ordinal);
            // At the beginning, or behind a region or a folder: not in the middle of somebody's own name.
            if (at == 0 || (at > 0 && id[at - 1] is '.' or '/'))
            {
                return new BedrockModel(family, id[(id.IndexOf('.', at) + 1)..]);
            }
        }

        return new BedrockModel(BedrockFamily.Other, id);
    }
}
