using System.Text.Json;

namespace Holdfast.Simulator.Answers;

/// <summary>What a request asks for, whatever its dialect. Lives as long as the request's JSON document.</summary>
internal sealed class Question
{
    public required string Model { get; init; }

    public bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    public int MaxTokens { get; init; } = int.MaxValue;

    public int Choices { get; init; } = 1;

    public required Conversation Conversation { get; init; }

    public IReadOnlyList<ToolOffer> Tools { get; init; } = [];

    public ToolWish Wish { get; init; }

    /// <summary>The tool that must be called, with <see cref="ToolWish.Required"/>; null: any.</summary>
    public string? WishedTool { get; init; }

    public bool ParallelTools { get; init; } = true;

    public bool WantsJson { get; init; }

    public JsonElement? Schema { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];
}

/// <summary>What matters of the messages.</summary>
/// <param name="Hash">Of all roles and texts.</param>
/// <param name="PromptTokens">An estimate.</param>
/// <param name="LastUserText">The last user message.</param>
/// <param name="EndsWithToolResult">Whether a tool's result is the last thing said.</param>
/// <param name="Begun">An answer that may be gone on with; null: there is none.</param>
internal sealed record Conversation(
    ulong Hash, int PromptTokens, string LastUserText, bool EndsWithToolResult, BegunAnswer? Begun = null);

internal sealed record ToolOffer(string Name, JsonElement? Schema);

internal enum ToolWish
{
    Auto,
    None,
    Required,
}
