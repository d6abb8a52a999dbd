using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

internal enum BlockKind
{
    /// <summary>Without a counterpart: a server tool and its result, redacted thinking, what is yet to come.</summary>
    Other,
    Text,
    Thinking,
    ToolUse,
}

/// <summary>One content block of an answer, or its beginning in a stream.</summary>
internal ref struct AnthropicBlock
{
    public BlockKind Kind;
    public JsonView Text;
    public JsonView Thinking;
    public JsonView Id;
    public JsonView Name;
    public JsonView Input;

    /// <exception cref="JsonException">It is no block, or a known one without what such a block has.</exception>
    public static AnthropicBlock Read(JsonView value)
    {
        var block = default(AnthropicBlock);
        var type = default(JsonView);
        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("type"u8): type = members.Value; break;
                case var name when name.SequenceEqual("text"u8): block.Text = members.Value; break;
                case var name when name.SequenceEqual("thinking"u8): block.Thinking = members.Value; break;
                case var name when name.SequenceEqual("id"u8): block.Id = members.Value; break;
                case var name when name.SequenceEqual("name"u8): block.Name = members.Value; break;
                case var name when name.SequenceEqual("input"u8): block.Input = members.Value; break;
            }
        }

        block.Kind = type.Says("text"u8) ? BlockKind.Text
            : type.Says("thinking"u8) ? BlockKind.Thinking
            : type.Says("tool_use"u8) ? BlockKind.ToolUse
            : BlockKind.Other;
        var isWhole = block.Kind switch
        {
            BlockKind.Text => block.Text.IsString,
            BlockKind.Thinking => block.Thinking.IsString,
            BlockKind.ToolUse => block.Id.IsString && block.Name.IsString
                && (block.Input.IsMissing || block.Input.IsObject),
            _ => type.IsString,
        };

        return isWhole ? block : throw new JsonException("A content block lacks its content.");
    }
}
