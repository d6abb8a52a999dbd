using System.Globalization;
using System.Text;

namespace Holdfast.System.Tests.Conformance;

/// <summary>
/// A type of provider, and the simulated provider that stands for it. A new dialect, and a new provider of OpenAI's
/// format, is a row of <see cref="All"/>.
/// </summary>
/// <param name="Type">The type, which is also the provider's name here and the column's heading.</param>
/// <param name="Simulated">The simulated provider that gets the calls.</param>
/// <param name="Path">The base URL's path at the simulator.</param>
/// <param name="Model">The model to ask.</param>
internal sealed record ConformingProvider(string Type, string Simulated, string Path, string Model)
{
    public static readonly IReadOnlyList<ConformingProvider> All =
    [
        new("openai", "openai", "/openai/v1", "gpt-4o"),
        new("azure-openai", "azure", "/azure", "gpt-4o"),
        new("mistral", "mistral", "/mistral/v1", "mistral-large-latest"),
        new("deepseek", "deepseek", "/deepseek/v1", "deepseek-chat"),
        new("xai", "xai", "/xai/v1", "grok-4"),
        new("groq", "groq", "/groq/v1", "llama-3.3-70b-versatile"),
        new("together", "together", "/together/v1", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        new("perplexity", "perplexity", "/perplexity/v1", "sonar"),
        new("fireworks", "openai", "/openai/v1", "gpt-4o"),
        new("openrouter", "openai", "/openai/v1", "gpt-4o"),
        new("openai-compatible", "openai", "/openai/v1", "gpt-4o"),
        new("anthropic", "anthropic", "/anthropic/v1", "claude-sonnet-4-5") { SpeaksOpenAi = false },
        new("gemini", "gemini", "/gemini/v1beta", "gemini-2.5-flash") { SpeaksOpenAi = false },
        new("vertex", "gemini", "/gemini/v1beta1/projects/p/locations/r", "gemini-2.5-flash") { SpeaksOpenAi = false },
        new("bedrock", "bedrock", "/bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0")
        {
            SpeaksOpenAi = false, More = ", region: eu-west-1",
        },
        new("cohere", "cohere", "/cohere/v2", "command-a-03-2025") { SpeaksOpenAi = false },
        new("ollama", "ollama", "/ollama", "llama3.2") { SpeaksOpenAi = false },
    ];

    /// <summary>Whether its own format is OpenAI's.</summary>
    public bool SpeaksOpenAi { get; init; } = true;

    /// <summary>What its configuration needs beside address and key.</summary>
    public string More { get; init; } = "";

    /// <summary>What callers ask for.</summary>
    public string Target => $"{Type}/{Model}";

    /// <summary>A gateway's configuration with all of them, before the simulator's address is filled in.</summary>
    public static string Yaml()
    {
        var yaml = new StringBuilder("""
            server: { urls: "http://127.0.0.1:0" }
            logging: { level: none }
            defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }
            providers:

            """);
        foreach (var one in All)
        {
            yaml.Append(CultureInfo.InvariantCulture,
                $"  {one.Type}: {{ type: {one.Type}, baseUrl: \"${{SIM}}{one.Path}\", apiKey: a-key{one.More} }}\n");
        }

        return yaml.Append("models: { smart: { targets: [ openai/gpt-4o ] } }\n").ToString();
    }
}
