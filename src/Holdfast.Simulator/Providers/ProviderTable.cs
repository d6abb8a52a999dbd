namespace Holdfast.Simulator.Providers;

/// <summary>The simulated providers.</summary>
internal static class ProviderTable
{
    public static readonly IReadOnlyList<Flavour> All =
    [
        new("openai", ErrorShape.OpenAi, RateHeaders.GoDurations, ["gpt-4o", "gpt-4o-mini", "gpt-4.1"])
        {
            Inputs = [InputWish.Embeddings, InputWish.Moderations],
            HasMedia = true,
        },
        new("azure", ErrorShape.OpenAiWithStatusAsCode, RateHeaders.WholeSeconds, ["gpt-4o", "gpt-4o-mini"])
        {
            RequestIdHeader = "apim-request-id",
            KeyHeader = "api-key",
            HasMedia = true,
            Inputs = [InputWish.Embeddings],
        },
        new("anthropic", ErrorShape.Anthropic, RateHeaders.Anthropic,
            ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-1"])
        {
            RequestIdHeader = "request-id",
            KeyHeader = "x-api-key",
        },
        new("gemini", ErrorShape.Google, RateHeaders.None, ["gemini-2.5-pro", "gemini-2.5-flash"])
        {
            Dialect = "gemini",
            BadKeyStatus = 400,
            KeyHeader = "x-goog-api-key",
            Inputs = [InputWish.Embeddings],
        },
        new("bedrock", ErrorShape.Amazon, RateHeaders.None,
            ["eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-lite-v1:0"])
        {
            Dialect = "bedrock",
            BadKeyStatus = 403,
            QuotaStatus = 400,
            RequestIdHeader = "x-amzn-requestid",
        },
        new("mistral", ErrorShape.Detail, RateHeaders.PerMinute, ["mistral-large-latest", "mistral-small-latest"])
        {
            RequestIdHeader = "x-kong-request-id",
            TellsUsage = true,
            Inputs = [InputWish.Embeddings, InputWish.Moderations],
        },
        new("cohere", ErrorShape.IdAndMessage, RateHeaders.None, ["command-a-03-2025", "command-r7b-12-2024"])
        {
            Dialect = "cohere",
            Inputs = [InputWish.Embeddings],
        },
        new("deepseek", ErrorShape.OpenAi, RateHeaders.None, ["deepseek-chat", "deepseek-reasoner"])
        {
            ErrorContentType = "application/octet-stream",
            QuotaStatus = 402,
        },
        new("xai", ErrorShape.CodeAndText, RateHeaders.WithoutReset, ["grok-4", "grok-3-mini"])
        {
            BadKeyStatus = 400,
            Inputs = [InputWish.Embeddings],
        },
        new("groq", ErrorShape.OpenAi, RateHeaders.GoDurations, ["llama-3.3-70b-versatile", "llama-3.1-8b-instant"])
        {
            StatusCodeInStream = true,
        },
        new("together", ErrorShape.OpenAi, RateHeaders.Short, ["meta-llama/Llama-3.3-70B-Instruct-Turbo"])
        {
            Inputs = [InputWish.Embeddings],
            KnowsBase64 = false,
        },
        new("perplexity", ErrorShape.OpenAi, RateHeaders.None, ["sonar", "sonar-pro"])
        {
            SendsDone = false,
        },
        new("ollama", ErrorShape.Text, RateHeaders.None, ["llama3.2", "qwen3", "gpt-oss:20b"])
        {
            Dialect = "ollama",
            KeyOptional = true,
            Inputs = [InputWish.Embeddings],
        },
    ];

    public static readonly IReadOnlyList<string> Names = [.. All.Select(flavour => flavour.Name)];
}
