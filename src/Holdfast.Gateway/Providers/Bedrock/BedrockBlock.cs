using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

internal enum BedrockBlockKind
{
    /// <summary>Without a counterpart: thoughts that are locked up, an image, what is yet to come.</summary>
    Other,
    Text,
    Thinking,
    ToolUse,

    /// <summary>Text in pieces, each with where it was found.</summary>
    Cited,
}

/// <summary>One block of an answer's content: an object with one member, whose name says what it is.</summary>
internal ref struct BedrockBlock
{
    public BedrockBlockKind Kind;

    /// <summary>A string: the text, or the thoughts.</summary>
    public JsonView Text;

    /// <summary>A list of objects with a string <c>text</c> each.</summary>
    public JsonView Pieces;

    public JsonView Id;
    public JsonView Name;
    public JsonView Input;

    /// <exception cref="JsonException">It is no block, or a known one without what such a block has.</exception>
    public static BedrockBlock Read(JsonView value)
    {
        var block = default(BedrockBlock);
        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("text"u8):
                    block.Kind = BedrockBlockKind.Text;
                    block.Text = members.Value;
                    break;
                case var name when name.SequenceEqual("toolUse"u8):
                    block.ReadTool(members.Value);
                    break;
                case var name when name.SequenceEqual("reasoningContent"u8):
                    block.ReadThinking(members.Value);
                    break;
                case var name when name.SequenceEqual("citationsContent"u8):
                    block.Kind = BedrockBlockKind.Cited;
                    block.Pieces = members.Value.Member("content"u8);
                    break;
            }
        }

        var isWhole = block.Kind switch
        {
            BedrockBlockKind.Text or BedrockBlockKind.Thinking => block.Text.IsString,
            BedrockBlockKind.Cited => block.Pieces.IsArray,
            BedrockBlockKind.ToolUse => block.Id.IsString && block.Name.IsString
                && (block.Input.IsMissing || block.Input.IsObject),
            _ => true,
        };

        return isWhole ? block : throw new JsonException("A content block lacks its content.");
    }

    private void ReadTool(JsonView tool)
    {
        Kind = BedrockBlockKind.ToolUse;
        Id = tool.Member("toolUseId"u8);
        Name = tool.Member("name"u8);
        Input = tool.Member("input"u8);
    }

    private void ReadThinking(JsonView reasoning)
    {
        var thoughts = reasoning.Member("reasoningText"u8);
        if (!thoughts.IsMissing)
        {
            Kind = BedrockBlockKind.Thinking;
            Text = thoughts.Member("text"u8);
        }
    }
}
