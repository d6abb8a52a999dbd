namespace Holdfast.Gateway.Calls;

/// <summary>A wire format. OpenAI's is the hub that the others are translated to and from.</summary>
internal enum Dialect
{
    OpenAi,

    /// <summary>OpenAI's Responses API: another format than its chat's.</summary>
    Responses,
    Anthropic,
    Gemini,
    Cohere,
    Ollama,
    Bedrock,
}
