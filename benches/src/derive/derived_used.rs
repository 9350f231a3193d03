
pub fn each_once<'a>(
    items: &'a ItemRepository,
    tx: &'a mut ryw_postgres::Transaction,
    ctx: &'a ryw_core::Context,
    new: &'a NewItem,
) -> crate::Used<'a> {
    Box::pin(async move {
        let item = items.insert(ctx, new.clone()).await?;
        items.insert_many(ctx, [new.clone()]).await?;
        items.replace(ctx, &item).await?;
        items.update(ctx, &item.id, Item::patch().price(1)).await?;
        items.upsert(ctx, new.clone()).await?;
        items.delete(ctx, &item.id).await?;
        items.find(ctx, &item.id).await?;
        items.find_for_update_in(tx, &item.id).await?;
        items.find_many(ctx, &[item.id]).await?;
        items.exists(ctx, &item.id).await?;
        items.count(ctx).await?;
        let page = items.list(ctx, &ryw_core::PageRequest::first(10)).await?;
        if let Some(next) = page.next {
            items.list(ctx, &ryw_core::PageRequest::first(10).after(next)).await?;
        }
        Ok(())
    })
}
